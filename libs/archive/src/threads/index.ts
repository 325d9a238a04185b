/** Threads for work that would keep the main one from answering. Apart from the rest, so that a thread loads only this. */
export { serve } from './serve.js';
export { ThreadPool } from './thread-pool.js';
