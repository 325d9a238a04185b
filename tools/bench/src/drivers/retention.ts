/** Plans what becomes of the backups of fifty projects, one project after another, or simulates their next seven years. */
import { planRetention, simulate } from '@havun/domain';
import { contextNow, keptProject, policyOf, projects } from '../data/kept-years.js';
import { answer, driverInput } from '../measure/driver.js';

export interface RetentionInput {
  /** Of all projects together. */
  backups: number;
  what: 'plan' | 'simulate';
}

const { backups, what } = driverInput() as RetentionInput;
const until = new Date(Date.parse(contextNow.now) + 7 * 365.25 * 86_400_000).toISOString();
let [milliseconds, cpuMicroseconds, acts, left] = [0, 0, 0, 0];
for (let index = 0; index < projects; index++) {
  const project = keptProject(index, Math.round(backups / projects));
  const [start, cpuBefore] = [performance.now(), process.cpuUsage()];
  if (what === 'plan') {
    const planned = planRetention(project.backups, policyOf(index), contextNow);
    acts += planned.reduce((sum, one) => sum + one.acts.length, 0);
  } else {
    left += simulate(project, policyOf(index), { ...contextNow, until }).left.length;
  }
  milliseconds += performance.now() - start;
  const { user, system } = process.cpuUsage(cpuBefore);
  cpuMicroseconds += user + system;
}
if (acts + left === 0) throw new Error('nothing was to do, so that nothing was measured');
answer({ seconds: milliseconds / 1000, decisionCpuSeconds: cpuMicroseconds / 1e6, acts, left });
