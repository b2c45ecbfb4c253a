import type { Control } from "./control.js";
import type { ClockShown } from "./shapes.js";

/** A world's time. What falls due when it moves has happened, in order, when a promise is fulfilled. */
export class Clock {
  constructor(
    private readonly control: Control,
    private readonly path: string,
  ) {}

  /** The present instant, and whether time stands still. */
  show(): Promise<ClockShown> {
    return this.control.ask("GET", this.path);
  }

  /** Move on by an ISO 8601 duration such as `PT61S` or `P1DT2H`, or by seconds. */
  advance(by: string | number): Promise<ClockShown> {
    return this.#change({ advance: typeof by === "number" ? `PT${by}S` : by });
  }

  /** Move on to an instant, not before the present one. */
  set(to: string | Date): Promise<ClockShown> {
    return this.#change({ set: typeof to === "string" ? to : to.toISOString() });
  }

  /** Let time stand still, as it does from the start. */
  freeze(): Promise<ClockShown> {
    return this.#change({ mode: "frozen" });
  }

  /** Let time run on at the machine's pace. */
  run(): Promise<ClockShown> {
    return this.#change({ mode: "real" });
  }

  #change(change: object): Promise<ClockShown> {
    return this.control.ask("POST", this.path, change);
  }
}
