import { openEmbeddedPorts } from './embedded-ports.js';
import { lettersSuite } from './letters-suite.js';
import { parkedSuite } from './parked-suite.js';

parkedSuite('the embedded folder', openEmbeddedPorts);
lettersSuite('the embedded folder', openEmbeddedPorts);
