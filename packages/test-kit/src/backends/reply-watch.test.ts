import { describe, expect, it } from 'vitest';
import { acknowledgements, scriptReplies } from './reply-watch.js';

const PRODUCE = 0;
const FETCH = 1;

const message = (head: Buffer, bodyBytes: number): Buffer => {
  const size = Buffer.alloc(4);
  size.writeInt32BE(head.length + bodyBytes);
  return Buffer.concat([size, head, Buffer.alloc(bodyBytes, 7)]);
};

const request = (api: number, id: number, bodyBytes = 20): Buffer => {
  const head = Buffer.alloc(8);
  head.writeInt16BE(api, 0);
  head.writeInt32BE(id, 4);
  return message(head, bodyBytes);
};

const reply = (id: number, bodyBytes = 20): Buffer => {
  const head = Buffer.alloc(4);
  head.writeInt32BE(id);
  return message(head, bodyBytes);
};

describe('acknowledgements', () => {
  it('are the replies to produce requests, each once', () => {
    const watch = acknowledgements();
    watch.asked(Buffer.concat([request(FETCH, 1), request(PRODUCE, 2)]));
    expect([1, 2, 2].map((id) => watch.answered(reply(id)))).toEqual([false, true, false]);
  });

  it('are found wherever the bytes are cut', () => {
    const asked = Buffer.concat([request(PRODUCE, 1, 0), request(FETCH, 2), request(PRODUCE, 3)]);
    const answers = Buffer.concat([reply(1, 0), reply(2), reply(3)]);
    // Larger pieces than these may hold the beginnings of both.
    for (let step = 1; step <= 40; step++) {
      const watch = acknowledgements();
      for (let at = 0; at < asked.length; at += step) watch.asked(asked.subarray(at, at + step));
      let found = 0;
      for (let at = 0; at < answers.length; at += step) {
        if (watch.answered(answers.subarray(at, at + step))) found += 1;
      }
      expect(found).toBe(2);
    }
  });
});

describe('script replies', () => {
  it('are what comes after a script was called', () => {
    const watch = scriptReplies();
    watch.asked(Buffer.from('*1\r\n$4\r\nping\r\n'));
    expect(watch.answered(Buffer.from('+PONG\r\n'))).toBe(false);
    watch.asked(Buffer.from('*3\r\n$7\r\nevalsha\r\n'));
    expect([1, 2].map(() => watch.answered(Buffer.from(':1\r\n')))).toEqual([true, false]);
  });
});
