// DryRun: a call that checks everything and does nothing.
import { DryRunOperationException, ValidationException } from '../model/errors/index.ts';

export interface DryRunRequest {
  readonly DryRun: boolean | undefined;
  readonly DryRunModifiers?: readonly 'IGNORE_CIPHERTEXT'[] | undefined;
}

/** Ends a dry run where all checks passed. @throws DryRunOperationException */
export function endDryRun(request: DryRunRequest): void {
  if (request.DryRun === true)
    throw new DryRunOperationException('The request would have succeeded, but the DryRun option is set.');
}

/**
 * True where a dry run asks about the key alone, so that the ciphertext may be missing.
 * @throws ValidationException where the modifier comes without DryRun
 */
export function ignoresCiphertext(request: DryRunRequest): boolean {
  if (request.DryRunModifiers === undefined || request.DryRunModifiers.length === 0) return false;
  if (request.DryRun !== true) throw new ValidationException('DryRunModifiers can be used with DryRun only.');
  return true;
}
