import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** Who has the folder. Written in a write transaction; an owner that died is seen to have died. */
export interface Owner {
  /** Changes with every start of the machine. */
  bootId: string;
  pid: number;
  /** When the process started, in clock ticks since boot; null where the system does not tell. */
  startedAt: string | null;
  /** Random: tells one opening from another, and fences an owner that lost the folder. */
  token: string;
}

/** Start time of a process; undefined when there is no such process, or only its corpse. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[0];
    return state === 'Z' || state === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

const answersSignals = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Without /proc the minute of the boot stands in; it may be wrong by a minute after clock steps. */
const bootId = (now: number): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return `booted-${Math.round((now / 1000 - uptime()) / 60)}`;
  }
};

/** This process as an owner. `now` in milliseconds; `token` must be random. */
export const ownerHere = (now: number, token: string): Owner => ({
  bootId: bootId(now),
  pid: process.pid,
  startedAt: startOf(process.pid) ?? null,
  token,
});

/**
 * Does the recorded owner still run? `here` is the process that asks. A dead process, another
 * process under its number, and a start of the machine since all mean no. Wrongly no (a process in
 * another container, say) does no harm: the owner's next write finds another token and stops.
 */
export function isAlive(recorded: Owner, here: Owner): boolean {
  if (recorded.bootId !== here.bootId) return false;
  if (recorded.startedAt !== null) return startOf(recorded.pid) === recorded.startedAt;
  return answersSignals(recorded.pid);
}
