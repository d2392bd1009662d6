import xxhash from 'xxhash-wasm';

// The one asynchronous step of the package: the hash is WebAssembly and is compiled on import.
const api = await xxhash();

/** XXH64 with seed 0 over the UTF-8 bytes of `text`: 16 lower-case hex digits. */
export const xxHash64 = (text: string): string => api.h64ToString(text);

/** The same as an unsigned 64-bit integer. */
export const xxHash64Integer = (text: string): bigint => api.h64(text);
