export { serve } from './serve.js';
export { ThreadPool, type ThreadPoolOptions } from './thread-pool.js';
