import type { Control } from "./control.js";
import type { FaultArmed, NewFault } from "./shapes.js";

/** What is to go wrong in a world: never by chance, for exactly the calls that were asked for. */
export class Faults {
  constructor(
    private readonly control: Control,
    private readonly path: string,
  ) {}

  /** Have a fault meet exactly `times` calls that match, from the `nth` on; gives it with its id. */
  arm(fault: NewFault): Promise<FaultArmed> {
    return this.control.ask("POST", this.path, fault);
  }

  /** The faults that still wait for calls, oldest first: a call meets the first that matches it. */
  list(): Promise<FaultArmed[]> {
    return this.control.ask("GET", this.path);
  }

  /** Forget one armed fault, or all of them. */
  disarm(id?: string): Promise<void> {
    const which = id === undefined ? "" : `/${encodeURIComponent(id)}`;
    return this.control.ask("DELETE", this.path + which);
  }
}
