import { readdirSync, readFileSync } from 'node:fs';

/** The state of a process tree at one moment. Pages that processes share are counted in each of them. */
export interface TreeMemory {
  /** Sum of the resident memory of the processes, in bytes. */
  readonly resident: number;
  /** The highest resident memory of any one of them so far, in bytes: the kernel's own figure, which `ru_maxrss` gives at the end. */
  readonly highWater: number;
}

/** `VmRSS` and `VmHWM` of /proc/PID/status (proc(5)), in bytes. A process that is ending has neither. */
export function memoryOf(status: string): TreeMemory {
  const kilobytes = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
  return { resident: kilobytes('VmRSS') * 1024, highWater: kilobytes('VmHWM') * 1024 };
}

export type Read = (path: string) => string;
export type ListTasks = (pid: number) => string[];

const readNow: Read = (path) => readFileSync(path, 'utf8');
const tasksNow: ListTasks = (pid) => readdirSync(`/proc/${pid}/task`);

/** The process and all its descendants. One that ends in the meantime counts as zero. */
export function treeMemory(pid: number, read: Read = readNow, tasks: ListTasks = tasksNow): TreeMemory {
  let [resident, highWater] = [0, 0];
  for (const member of tree(pid, read, tasks)) {
    const memory = memoryOf(orNothing(() => read(`/proc/${member}/status`), ''));
    resident += memory.resident;
    highWater = Math.max(highWater, memory.highWater);
  }
  return { resident, highWater };
}

/** Children belong to the thread that started them. */
function tree(pid: number, read: Read, tasks: ListTasks): number[] {
  const children = orNothing(() => tasks(pid), []).flatMap((task) =>
    orNothing(() => read(`/proc/${pid}/task/${task}/children`), '')
      .split(' ')
      .filter(Boolean)
      .map(Number),
  );
  return [pid, ...children.flatMap((child) => tree(child, read, tasks))];
}

/** CPU seconds of all children that have ended and were waited for, and of their children. From /proc/self/stat, see proc(5). */
export function childrenCpuSeconds(stat: string = readNow('/proc/self/stat')): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [fields[13], fields[14]].map(Number);
  return (user! + system!) / ticksPerSecond;
}

/** USER_HZ: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

function orNothing<T>(look: () => T, nothing: T): T {
  try {
    return look();
  } catch {
    return nothing;
  }
}
