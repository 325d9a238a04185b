import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventStore } from '../port.js';
import { aStream, anEvent } from './events.js';

/** A store for the suite, with its own log. */
export interface StoreUnderTest {
  readonly store: EventStore;
  /** Makes the store forget recent ids, where it remembers them only for a time. */
  readonly forgetIds?: () => Promise<void>;
  stop(): Promise<void>;
}

/** The tests that every adapter must pass (D1). */
export function eventStoreContract(name: string, start: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the contract of event stores:`, () => {
    let tested: StoreUnderTest;
    let store: EventStore;

    beforeAll(async () => {
      tested = await start();
      ({ store } = tested);
    }, 60_000);

    afterAll(async () => {
      await store.close();
      await tested.stop();
    });

    const collect = async (after: number) => {
      const found = [];
      for await (const event of store.readAll(after)) found.push(event);
      return found;
    };

    describe('appending', () => {
      it('to a new stream, then on the revision that was given', async () => {
        const stream = aStream();
        const first = await store.append(stream, anEvent(), 'no-stream');
        const second = await store.append(stream, anEvent({ attempt: 2 }), first.revision);
        expect(second.position).toBeGreaterThan(first.position);
        expect((await store.read(stream)).map(({ revision }) => revision)).toEqual([first.revision, second.revision]);
      });

      it('is refused on a revision that is not the last', async () => {
        const stream = aStream();
        const first = await store.append(stream, anEvent(), 'no-stream');
        const second = await store.append(stream, anEvent(), first.revision);
        for (const wrong of ['no-stream', first.revision, second.revision + 1] as const) {
          await expect(store.append(stream, anEvent(), wrong)).rejects.toMatchObject({
            name: 'RevisionConflict',
            code: 'REVISION_CONFLICT',
            retryable: true,
          });
        }
        await expect(store.append(aStream(), anEvent(), 1)).rejects.toMatchObject({ code: 'REVISION_CONFLICT' });
        expect(await store.read(stream)).toHaveLength(2);
      });

      it('on one revision by many at once: exactly one wins (fault 7)', async () => {
        const stream = aStream();
        const { revision } = await store.append(stream, anEvent(), 'no-stream');
        const outcomes = await Promise.allSettled(
          Array.from({ length: 20 }, (_, attempt) => store.append(stream, anEvent({ attempt: attempt + 1 }), revision)),
        );
        const lost = outcomes.filter(({ status }) => status === 'rejected');
        expect(lost).toHaveLength(19);
        for (const { reason } of lost as PromiseRejectedResult[])
          expect(reason).toMatchObject({ code: 'REVISION_CONFLICT' });
        expect(await store.read(stream)).toHaveLength(2);
      });

      it('the same event by many at once gives one event, and all are told the same', async () => {
        const [stream, event] = [aStream(), anEvent()];
        const answers = await Promise.all(Array.from({ length: 10 }, () => store.append(stream, event, 'no-stream')));
        expect(new Set(answers.map(({ revision }) => revision)).size).toBe(1);
        expect(await store.read(stream)).toHaveLength(1);
      });

      it('data that do not fit the schema is refused, and nothing is written', async () => {
        const stream = aStream();
        const bad = anEvent({ event: { type: 'BackupStarted', at: '', data: { attempt: 0, runner: '' } } });
        await expect(store.append(stream, bad, 'no-stream')).rejects.toMatchObject({ code: 'INVALID_EVENT_DATA' });
        expect(await store.read(stream)).toEqual([]);
      });
    });

    describe('a retry of an append whose acknowledgement was lost (fault 8)', () => {
      const retried = async (between: (stream: ReturnType<typeof aStream>, revision: number) => Promise<unknown>) => {
        const [stream, event] = [aStream(), anEvent()];
        const first = await store.append(stream, event, 'no-stream');
        await between(stream, first.revision);
        expect(await store.append(stream, event, 'no-stream')).toEqual(first);
        expect((await store.read(stream)).filter(({ id }) => id === event.id)).toHaveLength(1);
      };

      it('succeeds with the first revision', () => retried(() => Promise.resolve()));

      it('succeeds also after others have appended', () =>
        retried((stream, revision) => store.append(stream, anEvent(), revision)));

      it('succeeds also when the store has forgotten the id', () => retried(async () => tested.forgetIds?.()));

      it('succeeds also when it has forgotten the id and others have appended', () =>
        retried(async (stream, revision) => {
          await store.append(stream, anEvent(), revision);
          await tested.forgetIds?.();
        }));
    });

    describe('an id that is taken (fault 9)', () => {
      const conflict = { name: 'EventIdConflict', code: 'EVENT_ID_CONFLICT', retryable: false };

      it('by another event of the stream is an error, and nothing is written', async () => {
        const [stream, event] = [aStream(), anEvent({ attempt: 1 })];
        const { revision } = await store.append(stream, event, 'no-stream');
        const other = { ...anEvent({ attempt: 2 }), id: event.id };
        await expect(store.append(stream, other, 'no-stream')).rejects.toMatchObject(conflict);
        await expect(store.append(stream, other, revision)).rejects.toMatchObject(conflict);
        expect(await store.read(stream)).toHaveLength(1);
      });

      it('is an error also when the store has forgotten the id', async () => {
        const [stream, event] = [aStream(), anEvent()];
        await store.append(stream, event, 'no-stream');
        await tested.forgetIds?.();
        const other = { ...anEvent(), id: event.id };
        await expect(store.append(stream, other, 'no-stream')).rejects.toMatchObject(conflict);
      });

      it('is an error where only what caused the event differs', async () => {
        const [stream, event] = [aStream(), anEvent()];
        await store.append(stream, event, 'no-stream');
        const other = { ...event, causationId: 'another' };
        await expect(store.append(stream, other, 'no-stream')).rejects.toMatchObject(conflict);
      });

      it('by an event of another stream is an error', async () => {
        const event = anEvent();
        await store.append(aStream(), event, 'no-stream');
        const stream = aStream();
        await expect(store.append(stream, event, 'no-stream')).rejects.toMatchObject(conflict);
        expect(await store.read(stream)).toEqual([]);
      });
    });

    describe('reading', () => {
      it('a stream gives its events as they were appended, and no others', async () => {
        const stream = aStream({ host: 'web-2', category: 'project', id: 'klant.nl' });
        const event = anEvent({
          causationId: 'cause',
          source: 'command line',
          event: {
            type: 'BackupNameReserved',
            at: '2025-11-21T02:00:00.000Z',
            data: { name: '2025-11-21-03-00-00-Café ☕', backupId: aStream().id },
          },
        });
        await store.append(aStream({ host: 'web-2', category: 'project', id: 'klant' }), anEvent(), 'no-stream');
        const appended = await store.append(stream, event, 'no-stream');
        expect(await store.read(stream)).toEqual([{ ...event, ...appended, stream }]);
      });

      it('a stream that does not exist gives nothing', async () => {
        expect(await store.read(aStream())).toEqual([]);
      });

      it('the last event of a stream gives that one, and none where there is no stream', async () => {
        const stream = aStream();
        expect(await store.last(stream)).toBeUndefined();
        const first = await store.append(stream, anEvent(), 'no-stream');
        const event = anEvent({ attempt: 2 });
        const appended = await store.append(stream, event, first.revision);
        await store.append(aStream(), anEvent(), 'no-stream');
        expect(await store.last(stream)).toEqual({ ...event, ...appended, stream });
      });

      it('a long stream gives all of it in order', async () => {
        const stream = aStream();
        let revision: number | 'no-stream' = 'no-stream';
        for (let attempt = 1; attempt <= 100; attempt++) {
          ({ revision } = await store.append(stream, anEvent({ attempt }), revision));
        }
        const attempts = (await store.read(stream)).map(({ event }) => (event.data as { attempt: number }).attempt);
        expect(attempts).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
      });

      it('the whole log gives every stream in the order of appending, from after a position to the head', async () => {
        const before = await store.head();
        const [one, other] = [aStream(), aStream({ host: 'web-2' })];
        const first = await store.append(one, anEvent(), 'no-stream');
        await store.append(other, anEvent(), 'no-stream');
        const last = await store.append(one, anEvent(), first.revision);
        expect(await store.head()).toBe(last.position);
        expect((await collect(before)).map(({ stream }) => stream)).toEqual([one, other, one]);
        expect((await collect(first.position)).map(({ stream }) => stream)).toEqual([other, one]);
        expect(await collect(last.position)).toEqual([]);
        expect(await collect(0)).toHaveLength(last.position);
      });

      it('its description tells the server, its clock and what an acknowledgement is worth', async () => {
        const { server, now, durability } = await store.describe();
        expect(server).not.toBe('');
        expect(Math.abs(now.getTime() - Date.now())).toBeLessThan(60_000);
        expect(['durable', 'degraded']).toContain(durability.level);
      });

      it('the whole log ends at the head as of the call', async () => {
        const head = await store.head();
        const reading = store.readAll(head - 2)[Symbol.asyncIterator]();
        await reading.next();
        await store.append(aStream(), anEvent(), 'no-stream');
        expect(await reading.next()).toMatchObject({ value: { position: head } });
        expect(await reading.next()).toMatchObject({ done: true });
      });
    });
  });
}
