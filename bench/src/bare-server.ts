import { admit, answer, openDoor } from './door.js';

/** The ceiling: fastify and zod with the product's schema, and nothing behind them. */
const [port = ''] = process.argv.slice(2);
await openDoor(Number(port), (call, reply) => answer(reply, admit(call)));
