import { DOMAIN, PIPELINE, TEST_KIT, bug, edit } from './planted-bug.js';
import type { Edit, PlantedBug } from './planted-bug.js';

const JUDGE = `${PIPELINE}/fold/judge-claim.ts`;
const CUT = `${PIPELINE}/fold/fold-cut.ts`;
const LANE = `${PIPELINE}/publish/lane.ts`;

/** Bugs of publishing, and of telling verdicts. */
export const PUBLISHING_BUGS: readonly PlantedBug[] = [
  bug(
    'a verdict is matched by the ID of its event',
    'S13',
    1,
    edit(
      CUT,
      '    partition: context.partition,\n    offset: claim.offset,\n    verdict,',
      '    partition: 0,\n    offset: claim.id as never,\n    verdict,',
    ),
    edit(
      `${TEST_KIT}/simulation/door.ts`,
      'this.#desk.wait(topic, partition, offset, WAIT_MS)',
      'this.#desk.wait(topic, 0, claim.fields.id as never, WAIT_MS)',
    ),
  ),
  bug(
    'a claim is acknowledged before the log has it',
    'S14',
    1,
    edit(
      LANE,
      '      const appended = await this.#sender.send(outgoing);\n',
      "      for (const { records } of parts) for (const record of records) record.settle({ kind: 'appended', offset: 0, timestamp: 0 });\n      const appended = await this.#sender.send(outgoing);\n",
    ),
  ),
  bug(
    'an unknown outcome counts as stored',
    'S14',
    8,
    edit(
      LANE,
      'for (const record of given) record.settle(givenUp(record, reason));',
      "for (const record of given) record.settle({ kind: 'appended', offset: 0, timestamp: 0 });",
    ),
  ),
  bug(
    'an answer for fewer records counts as a success',
    'S15',
    7,
    edit(
      LANE,
      "      if (appended.length !== outgoing.length) throw new Error('a send answered for fewer records');\n",
      '',
    ),
  ),
  bug(
    'two sends are outstanding on one lane',
    'S15',
    1,
    edit(LANE, 'settle = await sending;', 'void sending?.then((told) => told?.());'),
  ),
  bug(
    'records are sent again behind younger ones',
    'S15',
    3,
    edit(
      `${PIPELINE}/publish/partition-queue.ts`,
      'this.#records.unshift(...records);',
      'this.#records.push(...records);',
    ),
  ),
  bug(
    'records are visible before they are durable',
    'S17',
    1,
    edit(
      `${TEST_KIT}/simulation/faulty-log.ts`,
      '        return await call(label, fault, () => append(world, lane, records, short));\n',
      "        const landed = await call(label, fault, () => append(world, lane, records, short));\n        const at = records[0];\n        if (at !== undefined && !world.calm && random.chance(0.1)) {\n          world.log.truncateTail(at.topic, at.partition, landed[0]?.offset ?? 0);\n          throw new Error('the power failed before the flush');\n        }\n        return landed;\n",
    ),
  ),
  bug(
    'a reader goes back in time',
    'S5',
    3,
    edit(`${PIPELINE}/read/position-floor.ts`, 'if (next < served) throw', 'if (false) throw'),
  ),
];

/** A view that throws on a message that claims hold; by itself it must change no verdict. */
export const THROWING_VIEW: Edit = edit(
  `${DOMAIN}/run/view.ts`,
  '    countEvent(document, event);\n',
  "    if (event.type === 'tool.call') throw new Error('the view is broken');\n    countEvent(document, event);\n",
);

export const VIEW_BUGS: readonly PlantedBug[] = [
  bug(
    'a view that throws withholds the verdict',
    'second round 3',
    4,
    THROWING_VIEW,
    edit(JUDGE, 'noteViewFault(document, view.name, offset, error);', 'throw error;'),
  ),
];
