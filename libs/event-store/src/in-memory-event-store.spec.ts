import { eventStoreContract, InMemoryEventStore } from './testing/index.js';

eventStoreContract('the in-memory store', () =>
  Promise.resolve({ store: new InMemoryEventStore(), stop: () => Promise.resolve() }),
);
