export { serveStandalone } from './serve.js';
export { allServices, servicesForOneCommand, startStack, type Stack, type StackOptions } from './stack.js';
export { attachToStack, takeStackLock, type StackLock } from './stack-lock.js';
