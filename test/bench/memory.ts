import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Memory a process has in use, in MB. */
export function residentMb(pid: number): number {
  const kB =
    process.platform === 'linux'
      ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
      : Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }));
  return kB / 1_024;
}
