import { randomUUID } from 'node:crypto';
import { noWrites, type Listener, type Notice } from '@refold/pipeline';
import { describe, expect, it } from 'vitest';
import { freshSlot, until, type Subject } from './view-store-harness.js';

interface Heard extends Listener {
  messages: string[];
  gaps: number;
}

const ear = (): Heard => {
  const heard: Heard = {
    messages: [],
    gaps: 0,
    message: (message) => heard.messages.push(message),
    resumed: () => {
      heard.gaps += 1;
    },
  };
  return heard;
};

const freshChannel = () => `conformance:${randomUUID()}`;

/** Notices: sent with the commit, heard by whoever listens then. */
export function listenSection(subject: Subject): void {
  /** Commits to a slot of its own, from the other handle. */
  const send = async (...notices: Notice[]) => {
    const { peer } = subject();
    await peer.commit(freshSlot(), null, 'c', noWrites(), notices);
  };

  describe('listen', () => {
    it('delivers the notices of a commit in order, on their channels only', async () => {
      const { store } = subject();
      const [a, b] = [freshChannel(), freshChannel()];
      const [atA, atB] = [ear(), ear()];
      const stops = [await store.listen(a, atA), await store.listen(b, atB)];
      await send({ channel: a, message: '1' }, { channel: b, message: 'x\n\0😀' }, { channel: a, message: '2' }); // prettier-ignore
      await until('three notices', () => atA.messages.length >= 2 && atB.messages.length >= 1);
      // Another slot may be another server's: the notices of two commits have no order among them.
      await send({ channel: a, message: '' });
      await until('the fourth notice', () => atA.messages.length >= 3);
      expect(atA.messages).toEqual(['1', '2', '']);
      expect(atB.messages).toEqual(['x\n\0😀']);
      for (const stop of stops) await stop();
    });

    it('what a notice tells can already be read', async () => {
      const { store, peer } = subject();
      const slot = freshSlot();
      const channel = freshChannel();
      const seen: (string | null)[] = [];
      const stop = await store.listen(channel, {
        message: () => void store.read(slot, []).then(({ checkpoint }) => seen.push(checkpoint)),
        resumed: () => undefined,
      });
      await peer.commit(slot, null, 'c1', noWrites(), [{ channel, message: 'c1' }]);
      await until('the notice', () => seen.length === 1);
      expect(seen).toEqual(['c1']);
      await stop();
    });

    it('sends nothing for a stale commit', async () => {
      const { store, peer } = subject();
      const slot = freshSlot();
      const channel = freshChannel();
      const heard = ear();
      const stop = await store.listen(channel, heard);
      await peer.commit(slot, 'not there', 'c1', noWrites(), [{ channel, message: 'stale' }]);
      await peer.commit(slot, null, 'c1', noWrites(), [{ channel, message: 'committed' }]);
      await until('a notice', () => heard.messages.length > 0);
      expect(heard.messages).toEqual(['committed']);
      await stop();
    });

    it('several listeners share a channel; each stops for itself', async () => {
      const { store } = subject();
      const channel = freshChannel();
      const [first, second] = [ear(), ear()];
      const stopFirst = await store.listen(channel, first);
      const stopSecond = await store.listen(channel, second);
      await send({ channel, message: '1' });
      await until('both', () => first.messages.length === 1 && second.messages.length === 1);
      await stopFirst();
      await stopFirst();
      await send({ channel, message: '2' });
      await until('the second', () => second.messages.length === 2);
      expect(first.messages).toEqual(['1']);
      await stopSecond();
      const again = ear();
      const stopAgain = await store.listen(channel, again);
      await send({ channel, message: '3' });
      await until('the one that came back', () => again.messages.length === 1);
      expect(second.messages).toEqual(['1', '2']);
      await stopAgain();
    });

    it('tells every listener after a gap, and delivers again', async () => {
      const { store, interrupt } = subject();
      if (interrupt === null) return; // No connection, so no gap: the port asks for nothing.
      const channels = [freshChannel(), freshChannel()];
      const ears = [ear(), ear()];
      const stops = [];
      for (const [at, channel] of channels.entries()) {
        stops.push(await store.listen(channel, ears[at] as Heard));
      }
      await interrupt();
      await until('both to resume', () => ears.every(({ gaps }) => gaps >= 1));
      await send(...channels.map((channel) => ({ channel, message: 'after' })));
      await until('both to hear', () => ears.every(({ messages }) => messages.length === 1));
      for (const stop of stops) await stop();
    });
  });
}
