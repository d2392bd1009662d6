import { ProblemError } from '@refold/contracts';
import { describe, expect, it } from 'vitest';
import { recordText, type Command } from './command.js';

const command = (text: string): Command => ({
  kind: 'run',
  streamId: 'r',
  type: 'note',
  data: { text },
  eventId: 'e',
  key: null,
  principal: null,
  bound: false,
  expectedSeq: null,
  appendOnly: true,
  schemaVersion: null,
});

const NOTHING = { replyTo: undefined, traceparent: undefined };
const EMPTY = Buffer.byteLength(recordText(command(''), NOTHING, 4_096));

describe('the record of a command', () => {
  it.each([
    ['x', 1],
    ['é', 2],
    ['€', 3],
    ['🙂', 4],
  ])('may have as many bytes as are allowed, envelope included: %s', (letter, bytes) => {
    const letters = Math.floor((4_096 - EMPTY) / bytes);
    const text = letter.repeat(letters) + 'x'.repeat(4_096 - EMPTY - letters * bytes);
    expect(Buffer.byteLength(recordText(command(text), NOTHING, 4_096))).toBe(4_096);
    const longer = (): string => recordText(command(`${text}x`), NOTHING, 4_096);
    expect(longer).toThrow(ProblemError);
    expect(longer).toThrow('4097 bytes');
  });
});
