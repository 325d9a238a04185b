import { Random } from './random.js';

const onsets = 'b br d dr f g gr h j k kl l m n p pr r s sch sl st t tr v w z'.split(' ');
const vowels = 'a e i o u aa ee ie oo oe ui ij ou'.split(' ');
const codas = ['', '', '', 'n', 'r', 's', 't', 'l', 'k', 'm', 'rd', 'nt', 'ng'];
const frequent = 'de het een van en in is op te dat voor met zijn niet aan er om ook als naar bij door over'.split(' ');

/** A vocabulary, so that a text compresses as prose does: few words often, many seldom. */
export const vocabulary: readonly string[] = (() => {
  const random = new Random('vocabulary');
  const syllable = (): string => random.pick(onsets) + random.pick(vowels) + random.pick(codas);
  const word = (): string => Array.from({ length: random.between(1, 3) }, syllable).join('');
  return [...new Set([...frequent, ...Array.from({ length: 4000 }, word)])];
})();

export const firstNames =
  'Anna Bram Carla Daan Emma Finn Greet Hugo Iris Jan Kees Lotte Mees Noor Otto Piet Sanne'.split(' ');
export const familyNames = 'Bakker Visser Smit Meijer Mulder Bos Vos Peters Hendriks Dekker Brouwer Dijkstra'.split(
  ' ',
);
export const towns = 'Utrecht Zwolle Leiden Breda Assen Delft Gouda Tilburg Venlo Hoorn Sneek Goes Emmen'.split(' ');

export const words = (random: Random, count: number): string[] =>
  Array.from({ length: count }, () => random.pickOften(vocabulary));

export function sentence(random: Random, count = random.between(4, 14)): string {
  const text = words(random, count).join(' ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
