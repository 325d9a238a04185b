/** The request needs something that the configuration of this machine does not have. */
export class ProjectConfigurationError extends Error {
  readonly retryable = false;
  constructor(
    readonly code: 'PROJECT_NOT_CONFIGURED' | 'NO_ENCRYPTION_PASSWORD' | 'NO_TEST_ENVIRONMENT',
    message: string,
    readonly remedy: string,
  ) {
    super(message);
    this.name = 'ProjectConfigurationError';
  }
}
