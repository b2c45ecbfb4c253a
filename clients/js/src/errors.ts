/** Something about the sandbox is not as it should be; the message says what, and what to do. */
export class SandboxError extends Error {
  override name = "SandboxError";
}

/** The control API refused a request; `status` is the HTTP status it answered with. */
export class ControlError extends SandboxError {
  override name = "ControlError";

  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}
