/** Another process owns the folder, or this process has it open already. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';
  /** Process ID of the owner. */
  readonly pid: number;
  constructor(folder: string, pid: number) {
    super(
      pid === process.pid
        ? `${folder} is already open in this process: close it first, or choose another folder`
        : `${folder} is in use by process ${pid}: stop that process, or choose another folder`,
    );
    this.pid = pid;
  }
}

/** The folder cannot be used at all: not a folder, not writable, damaged, or of a newer format. */
export class FolderUnusable extends Error {
  override readonly name = 'FolderUnusable';
}

/** Another process took the folder over while this one still had it: nothing more is written here. */
export class OwnershipLost extends Error {
  override readonly name = 'OwnershipLost';
}

/**
 * The disk, the quota or the file size limit is exhausted; the message says when it may also be that
 * the disk fails. Reads go on; writes do again once there is room.
 */
export class StorageFull extends Error {
  override readonly name = 'StorageFull';
}

/** The storage was closed; nothing of the call happened. */
export class StorageClosed extends Error {
  override readonly name = 'StorageClosed';
}
