export { archiveFindings, type FoundFindings } from './backups/archive-findings.js';
export { askOfBackup } from './backups/ask-of-backup.js';
export { backupOutcome } from './backups/backup-outcome.js';
export { chooseBackup, newestNames, type Choice } from './backups/choose-backup.js';
export { findBackup, type BackupCriterion } from './backups/find-backup.js';
export { planBackups, type BackupPlan, type PlannedBackup } from './backups/plan-backups.js';
export { requestBackup } from './backups/request-backup.js';
export { type Problem as CatalogueProblem } from './catalogue/problem.js';
export { findBackups, rebuildCatalogue } from './catalogue/rebuild.js';
export type { Catalogued } from './catalogue/record.js';
export { countsOf, problemsOf, publicReport, type CatalogueReport } from './catalogue/report.js';
export { diagnose, type Diagnosis } from './doctor/doctor.js';
export { requestDrill } from './drills/request-drill.js';
export { formatBytes, plural } from './figures.js';
export { inLanes } from './in-lanes.js';
export { ProjectNames } from './names/project-names.js';
export { sumEarlierNames } from './names/sum-earlier-names.js';
export { selectProjects } from './projects/select-projects.js';
export { acceptRetention, type RetentionQuestion } from './retention/accept-retention.js';
export { actingPolicy, type PendingPolicy, type Policies } from './retention/acting-policy.js';
export { cancelDeletion, listDeletions, type ListedDeletion } from './retention/deletions.js';
export { type HoldTarget } from './retention/hold-target.js';
export { listHolds, placeHold, releaseHold, type HoldOutcome, type ListedHold } from './retention/holds.js';
export { largeBatchIn, planCleanup, type LargeBatch, type PlannedCleanup } from './retention/plan-cleanup.js';
export { requestCleanup } from './retention/request-cleanup.js';
export { lookAhead, reasonsAgainst, type Outlook } from './restores/look-ahead.js';
export type { KnownRestore } from './restores/known-restores.js';
export { newestRestores } from './restores/newest-restores.js';
export { occupantOfProduction } from './restores/occupant-of-production.js';
export { withPresentCopies } from './restores/present-copies.js';
export { requestRestore, requestSettlement } from './restores/request-restore.js';
export { restoreOutcome, type RestoreOutcome } from './restores/restore-outcome.js';
export { restoreToSettle, settlementRequestedAt } from './restores/settlement.js';
export { compareStorages, isKnownDamaged, tabledBackups, type ComparedStorage } from './retention/compare-storages.js';
export { previewReconciliation } from './retention/preview-reconciliation.js';
export { requestReconciliation } from './retention/request-reconciliation.js';
export { userOf, usingBackup } from './retention/backup-use.js';
export { projectRetention, retentionContext } from './retention/retention-context.js';
export { retiredProjects, type RetiredProject } from './retention/retired-projects.js';
export { simulateRetention, type SimulatedRetention } from './retention/simulate-retention.js';
export { whyKept, type WhyKept } from './retention/why-kept.js';
export { abandonRun, type RunPart } from './runs/abandon-run.js';
export { cancellationOf, unlessCancelled } from './runs/cancellation.js';
export { findRun } from './runs/find-run.js';
export { followRun } from './runs/follow-run.js';
export { followRuns, type FollowedRun } from './runs/follow-runs.js';
export { holdingProject } from './runs/holding-project.js';
export { interruptedRuns, type InterruptedRun, type ReachedStep } from './runs/interrupted-runs.js';
export { occupantOf, runningRun } from './runs/occupant.js';
export { backupRun, cleanupRun, drillRun, reconciliationRun, restoreRun, type RunKind } from './runs/run-kinds.js';
export type { RunLine } from './runs/run-line.js';
export { mayWait, nextWaitMs } from './runs/wait-for-storage.js';
export {
  BackupRuns,
  CleanupRuns,
  DrillRuns,
  ReconciliationRuns,
  RestoreRuns,
  StepRefused,
  type RunsByKind,
  type Step,
} from './runs/runs.js';
