import type { Random } from './random.js';
import { firstNames, sentence, towns, vocabulary } from './words.js';

/** A JPEG as a camera writes it: a header, then entropy-coded bytes that deflate cannot shorten, without a marker in them. */
export function photo(random: Random, bytes: number): Buffer {
  const header = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]);
  const body = random.noise(Math.max(0, bytes - header.length - 2));
  for (let at = body.indexOf(0xff); at >= 0; at = body.indexOf(0xff, at + 1)) body[at] = random.below(255);
  return Buffer.concat([header, body, Buffer.from([0xff, 0xd9])]);
}

/** An invoice as a PDF: half of it text operators that compress well, half an embedded font that is compressed already. */
export function invoice(random: Random, bytes: number): Buffer {
  const lines: string[] = [];
  for (let length = 0, y = 800; length < bytes / 2; y = y < 40 ? 800 : y - 14) {
    const line = `BT /F1 10 Tf 1 0 0 1 56 ${y} Tm (${sentence(random, 6)} EUR ${random.between(1, 9999)},00) Tj ET\n`;
    lines.push(line);
    length += line.length;
  }
  const head = `%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n4 0 obj\n<< /Length 0 >>\nstream\n`;
  const text = `${head}% ${random.pick(firstNames)}, ${random.pick(towns)}\n${lines.join('')}endstream\nendobj\n`;
  const font = random.noise(Math.max(0, bytes - text.length));
  return Buffer.concat([Buffer.from(`${text}5 0 obj\nstream\n`), font, Buffer.from('\nendstream\nendobj\n%%EOF\n')]);
}

/** A class of a web application, with the repetition that code has. */
export function sourceFile(random: Random, bytes: number): Buffer {
  const name = (): string => random.pickOften(vocabulary);
  const type = (): string => {
    const word = name();
    return word.charAt(0).toUpperCase() + word.slice(1);
  };
  const parts = [
    `<?php\n\nnamespace App\\Http\\${type()};\n\nuse App\\Models\\${type()};\n\nclass ${type()}Controller\n{\n`,
  ];
  for (let length = parts[0]!.length; length < bytes; length += parts.at(-1)!.length) {
    const [argument, local] = [name(), name()];
    parts.push(
      `    /** ${sentence(random)} */\n    public function ${name()}${type()}(Request $${argument}): ${type()}\n    {\n` +
        `        $${local} = $this->${name()}->${name()}($${argument}->input('${name()}'), ${random.below(500)});\n` +
        `        if ($${local} === null) {\n            throw new ${type()}Exception('${sentence(random, 5)}');\n        }\n\n` +
        `        return $this->${name()}($${local});\n    }\n\n`,
    );
  }
  return Buffer.from(`${parts.join('')}}\n`);
}

/** A cache entry or a session: 220 bytes. */
export function tinyFile(random: Random): Buffer {
  const text = `{"id":"${random.hex(32)}","user":${random.below(90_000)},"note":"${sentence(random, 20)}"}`;
  return Buffer.from(text.padEnd(220).slice(0, 220));
}
