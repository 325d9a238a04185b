import { Catch, type ExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';

/**
 * Nest replaces any error of a handler by «Internal server error». That is right for a remote caller, but the acknowledgement has
 * to know whether a retry may help. With this filter registered globally the error comes through: `app.useGlobalFilters(new
 * HandlerErrors())`. Without it, every failure would look retryable.
 */
@Catch()
export class HandlerErrors implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
