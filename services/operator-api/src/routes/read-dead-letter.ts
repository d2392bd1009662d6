import { letterParameters, ProblemError, type DeadLetterWithValueReply } from '@refold/contracts';
import { letterAt } from '@refold/pipeline';
import { presentLetter, republishedBy } from '@refold/read-api';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedMembers } from '@refold/serving';
import { z } from 'zod';
import type { Operating } from '../operating.js';

const parameters = z.strictObject(letterParameters);

/** `GET /internal/v1/dead-letters/:projection/:partition/:offset`: the letter with its value. */
export function readDeadLetterRoute(app: HttpServer, operating: Operating): void {
  app.get(`${API_ROOT}/dead-letters/:projection/:partition/:offset`, async (call, reply) => {
    const { projection: name, partition, offset } = checkedMembers(parameters, call.params);
    const projection = operating.projections[name];
    const found =
      partition < projection.partitions
        ? await letterAt(operating, projection, partition, offset)
        : null;
    if (found === null) {
      throw new ProblemError('not_found', {
        detail: `No dead letter is listed at ${projection.topic}/${partition} offset ${offset}.`,
      });
    }
    const operations = await republishedBy(operating.reads, name, partition, [offset]);
    const body: DeadLetterWithValueReply = {
      ...presentLetter(found.letter, operations.get(offset)),
      value: found.value,
    };
    return reply.header('cache-control', 'no-store').send(body);
  });
}
