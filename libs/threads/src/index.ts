export { serve } from './serve.js';
export { ThreadPool } from './thread-pool.js';
