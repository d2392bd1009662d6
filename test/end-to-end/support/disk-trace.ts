import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** A call began at one line of the trace and ended at the same or a later one; never = Infinity. */
interface Span {
  began: number;
  ended: number;
}

/** Bytes that the process gave to the system. `through`: the call returns once they are on the disk. */
export interface TracedWrite extends Span {
  kind: 'write';
  path: string;
  at: number;
  bytes: Buffer;
  through: boolean;
}

/** Everything else that matters for what survives, or for what somebody was told. */
export type TracedCall =
  | TracedWrite
  | (Span & { kind: 'flush' | 'created' | 'shared writable map'; path: string })
  /** What was written to a socket, as text. */
  | (Span & { kind: 'told'; text: string });

/** The calls that can change a file or say something. One that is traced and not understood is an error. */
export const TRACED_CALLS = [
  ...['openat', 'lseek', 'write', 'writev', 'pwrite64', 'pwritev', 'pwritev2'],
  ...['fsync', 'fdatasync', 'sync_file_range', 'msync', 'mmap', 'ftruncate', 'fallocate'],
  ...['rename', 'renameat', 'renameat2', 'copy_file_range', 'sendfile', 'splice', 'io_uring_setup'],
];

const textOf = (escaped: string): Buffer => Buffer.from(escaped.replaceAll('\\x', ''), 'hex');

/** What `-y` shows of a file descriptor: its number, and the path or socket behind it. */
function descriptorOf(shown: string): { fd: number; path: string } {
  const [, fd = '', path = ''] = /^(\d+)<([^>]*)>/.exec(shown) ?? [];
  return { fd: Number(fd), path: textOf(path).toString() };
}

/** Every text in quotes, one after the other. */
const bytesOf = (args: string): Buffer =>
  Buffer.concat(
    [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, text = '']) => textOf(text)),
  );

interface RawCall extends Span {
  name: string;
  args: string;
  result: string;
}

const COMPLETE = /^(\w+)\((.*)\) += (.*)$/s;
const BEGINNING = /^(\w+)\((.*) <unfinished \.\.\.>$/s;
const RESUMED = /^<\.\.\. (\w+) resumed>(.*)\) += (.*)$/s;

/** Puts calls together that others interrupted, in the order they began. */
async function rawCallsOf(file: string): Promise<RawCall[]> {
  const calls: RawCall[] = [];
  const open = new Map<string, RawCall>();
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file, 'latin1') })) {
    line += 1;
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/s.exec(text) ?? [];
    const complete = COMPLETE.exec(rest);
    const beginning = complete === null ? BEGINNING.exec(rest) : null;
    const resumed = RESUMED.exec(rest);
    if (resumed !== null) {
      const call = open.get(thread);
      if (call === undefined) throw new Error(`line ${line} resumes what never began`);
      call.args += resumed[2] ?? '';
      call.result = resumed[3] ?? '';
      if (!call.result.startsWith('?')) call.ended = line;
      open.delete(thread);
    } else if (beginning !== null) {
      const [, name = '', args = ''] = beginning;
      const call = { name, args, result: '?', began: line, ended: Infinity };
      calls.push(call);
      open.set(thread, call);
    } else if (complete !== null) {
      const [, name = '', args = '', result = ''] = complete;
      const ended = result.startsWith('?') ? Infinity : line;
      calls.push({ name, args, result, began: line, ended });
    } else if (!/^(?:\+\+\+|---) /.test(rest)) {
      throw new Error(`line ${line} of the trace is not understood: ${rest.slice(0, 200)}`);
    }
  }
  return calls;
}

/** Reads calls into what they did to the files of one folder, and remembers where each file stands. */
class Reader {
  readonly #folder: string;
  readonly #through = new Set<number>();
  readonly #positions = new Map<number, number>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  #isOurs(path: string): boolean {
    return path === this.#folder || path.startsWith(`${this.#folder}/`);
  }

  read({ name, args, result, began, ended }: RawCall): TracedCall[] {
    if (result.startsWith('-1')) return [];
    const span = { began, ended };
    if (name === 'openat') return this.#opened(args, result, span);
    if (name === 'mmap') return this.#mapped(args, span);
    const { fd, path } = descriptorOf(args);
    if ((name === 'write' || name === 'writev') && path.startsWith('socket:')) {
      return [{ kind: 'told', text: bytesOf(args).toString(), ...span }];
    }
    if (!this.#isOurs(path)) return [];
    switch (name) {
      case 'fsync':
      case 'fdatasync':
        return [{ kind: 'flush', path, ...span }];
      case 'lseek':
        this.#positions.set(fd, Number(result));
        return [];
      case 'ftruncate':
        // LMDB gives its lock file a size so; what stands in that does not count after a restart.
        if (path.endsWith('/lock.mdb')) return [];
        break;
      case 'write':
      case 'writev':
      case 'pwrite64':
        return [this.#written(name, args, result, fd, path, span)];
    }
    throw new Error(`${name} on ${path}: this recorder does not know what that leaves behind`);
  }

  #opened(args: string, result: string, span: Span): TracedCall[] {
    const { fd, path } = descriptorOf(result);
    if (!this.#isOurs(path)) return [];
    this.#positions.set(fd, 0);
    if (/O_D?SYNC/.test(args)) this.#through.add(fd);
    else this.#through.delete(fd);
    return args.includes('O_CREAT') ? [{ kind: 'created', path, ...span }] : [];
  }

  #mapped(args: string, span: Span): TracedCall[] {
    const [, , protection = '', flags = '', shown = ''] = args.split(', ');
    const { path } = descriptorOf(shown);
    const writes = protection.includes('PROT_WRITE') && flags.includes('MAP_SHARED');
    return writes && this.#isOurs(path) ? [{ kind: 'shared writable map', path, ...span }] : [];
  }

  #written(
    name: string,
    args: string,
    result: string,
    fd: number,
    path: string,
    span: Span,
  ): TracedWrite {
    const given = bytesOf(args);
    const bytes = result.startsWith('?') ? given : given.subarray(0, Number(result));
    const through = this.#through.has(fd);
    if (name === 'pwrite64') {
      const at = Number(/, (\d+)\)?$/.exec(args)?.[1]);
      return { kind: 'write', path, at, bytes, through, ...span };
    }
    const at = this.#positions.get(fd) ?? 0;
    this.#positions.set(fd, at + bytes.length);
    return { kind: 'write', path, at, bytes, through, ...span };
  }
}

/** What a traced process did to the files of `folder` and told over its sockets, in order. */
export async function readTrace(file: string, folder: string): Promise<TracedCall[]> {
  const reader = new Reader(folder);
  return (await rawCallsOf(file)).flatMap((call) => reader.read(call));
}
