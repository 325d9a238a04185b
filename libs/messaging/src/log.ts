/** What this library needs of a logger, such as Pino's. */
export interface MessagingLog {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
