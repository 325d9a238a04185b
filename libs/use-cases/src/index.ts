export { backupOutcome, type BackupOutcome } from './backups/backup-outcome.js';
export { chooseBackup, newestNames, type Choice, type ChoiceOutcome } from './backups/choose-backup.js';
export { findBackup, type BackupChoice, type BackupCriterion } from './backups/find-backup.js';
export { planBackups, type BackupPlan, type PlannedBackup } from './backups/plan-backups.js';
export { requestBackup, type BackupRequest, type RequestDeps, type RequestOutcome } from './backups/request-backup.js';
export { type Problem as CatalogueProblem } from './catalogue/problem.js';
export { findBackups, rebuildCatalogue, type RebuildOptions } from './catalogue/rebuild.js';
export type { Catalogued } from './catalogue/record.js';
export { countsOf, problemsOf, publicReport, type CatalogueReport } from './catalogue/report.js';
export { diagnose, type Diagnosis, type DoctorDeps } from './doctor/doctor.js';
export type { Finding } from './doctor/finding.js';
export { requestDrill, type DrillRequest, type RequestedDrill } from './drills/request-drill.js';
export { formatBytes, plural } from './figures.js';
export { inLanes } from './in-lanes.js';
export { ProjectNames } from './names/project-names.js';
export { sumEarlierNames } from './names/sum-earlier-names.js';
export { selectProjects, type SelectedProjects } from './projects/select-projects.js';
export { newestRestores } from './restores/newest-restores.js';
export { occupantOfProduction } from './restores/occupant-of-production.js';
export {
  requestRestore,
  requestSettlement,
  restoresOf,
  type KnownRestore,
  type RestoreRequest,
  type SettlementOutcome,
} from './restores/request-restore.js';
export { restoreOutcome, type RestoreOutcome } from './restores/restore-outcome.js';
export { restoreToSettle, settlementRequestedAt } from './restores/settlement.js';
export { abandonRun, type RunPart } from './runs/abandon-run.js';
export { findRun, type FoundRun } from './runs/find-run.js';
export { followRun, type FollowDeps, type StreamHints } from './runs/follow-run.js';
export { followRuns, type FollowedRun } from './runs/follow-runs.js';
export { holdingProject } from './runs/holding-project.js';
export { interruptedRuns, type InterruptedRun, type ReachedStep } from './runs/interrupted-runs.js';
export { occupantOf, runningRun } from './runs/occupant.js';
export { backupRun, drillRun, restoreRun, type RunKind } from './runs/run-kinds.js';
export {
  BackupRuns,
  DrillRuns,
  RestoreRuns,
  Runs,
  StepRefused,
  type RunsByKind,
  type RunsDeps,
  type Step,
} from './runs/runs.js';
