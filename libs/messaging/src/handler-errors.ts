import { Catch, type ExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';

/**
 * Nest replaces whatever a handler throws by «Internal server error», which is right for a caller and wrong for us: the
 * acknowledgement has to know whether trying again may help. With this filter registered globally the error comes through:
 * `app.useGlobalFilters(new HandlerErrors())`. Without it every failure is taken for a passing one.
 */
@Catch()
export class HandlerErrors implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
