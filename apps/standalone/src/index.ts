export { askToReload } from './reload.js';
export { serveStandalone } from './serve.js';
export { servicesForOneCommand, startStack, type Stack } from './stack.js';
export { attachToStack, takeStackLock, type StackLock } from './stack-lock.js';
