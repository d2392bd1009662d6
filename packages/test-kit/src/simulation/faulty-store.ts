import { StoreUnavailable, decodeCheckpoint, slotTag } from '@refold/pipeline';
import type { Slot, ViewStore } from '@refold/pipeline';
import type { Actor, CallFault } from './scheduler.js';
import type { World } from './world.js';

/** A pointer has no place: its fence is new with every change. */
const placeIn = ({ generation }: Slot, text: string): number | string =>
  generation === 0 ? text : decodeCheckpoint(text).next;

const LOSSES = ['unsent', 'unanswered', 'late', 'twice'] as const;

/** The store of the world as one actor reaches it: late, with lost requests and lost answers. */
export function faultyStore(world: World, actor: Actor): ViewStore {
  const { scheduler, random, profile, store } = world;
  const call = <T>(label: string, fault: CallFault, perform: () => T): Promise<T> =>
    scheduler.call({
      actor,
      label: `${actor.name} ${label}`,
      fault,
      perform,
      failure: () => new StoreUnavailable('the connection to the store was lost'),
      delay: world.delay,
    });
  const faulty = (): boolean => !world.calm && random.chance(profile.storeFaults);
  return {
    check: () => store.check(),
    pin: (projection, fact, value) => store.pin(projection, fact, value),
    ping: () => store.ping(),
    close: () => Promise.resolve(),
    read: (slot, reads) =>
      call(`reads ${slotTag(slot)}`, faulty() ? 'unsent' : 'none', () => {
        if (slot.generation === 0) world.stalls?.pointerRead(actor, slot);
        return store.readNow(slot, reads);
      }),
    commit(slot, expected, next, writes, notices) {
      const fault = faulty() ? random.pick(LOSSES) : 'none';
      return call(`commits ${slotTag(slot)} to ${placeIn(slot, next)}`, fault, () => {
        const { checkpoint } = store.readNow(slot, []);
        const answer = store.commitNow(slot, expected, next, writes, notices);
        if (answer.outcome === 'stale') return answer;
        world.noteCommit(actor, slot, placeIn(slot, next));
        world.watch.noteCommit(slot, next, notices);
        if (checkpoint !== expected) {
          world.find(`${actor.name} committed over "${checkpoint}", expected "${expected}"`);
        }
        return answer;
      });
    },
    async listen(channel, listener) {
      let gap = false;
      // Whoever is dead hears nothing.
      const later = (label: string, run: () => void): void => {
        const hear = (): void => {
          if (actor.alive) run();
        };
        scheduler.later(actor, `${actor.name} ${label} ${channel}`, world.delay(), hear);
      };
      const stop = await store.listen(channel, {
        message(message) {
          if (!world.calm && random.chance(profile.lostMessages)) {
            gap = true;
          } else later('hears', () => listener.message(message));
        },
        resumed() {
          if (gap || random.chance(0.5)) later('resumes', () => listener.resumed());
          gap = false;
        },
      });
      return stop;
    },
  };
}
