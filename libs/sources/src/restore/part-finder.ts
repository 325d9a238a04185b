import { join } from 'node:path';
import { prefixes } from './selection.js';
import type { TreeItem, TreePart, TreePlan } from './trees.js';

/** `below`: the path relative to the part, '' for the part itself. */
export interface PlaceInItem {
  item: TreeItem;
  part: TreePart;
  below: string;
}

/** Finds the item that an entry of the archive belongs to. */
export class PartFinder {
  private readonly owners = new Map<string, { item: TreeItem; part: TreePart } | undefined>();

  constructor({ items, leftOut }: Pick<TreePlan, 'items' | 'leftOut'>) {
    for (const name of leftOut) this.owners.set(name, undefined);
    for (const item of items) for (const part of item.parts) this.owners.set(part.name, { item, part });
  }

  find(name: string): PlaceInItem | undefined {
    const owner = prefixes(name).findLast((prefix) => this.owners.has(prefix));
    const found = owner === undefined ? undefined : this.owners.get(owner);
    return found && owner !== undefined ? { ...found, below: name.slice(owner.length + 1) } : undefined;
  }

  /** Whether a part lies, in the archive, below a part of another item. */
  isNested(name: string): boolean {
    return prefixes(name).some((prefix) => prefix !== name && this.owners.has(prefix));
  }

  /** The target of an entry, and its path in the project. */
  placeOf(name: string): { live: string; path: string } | undefined {
    const found = this.find(name);
    if (!found) return undefined;
    const { item, part, below } = found;
    return { live: join(item.live, part.at, below), path: join(part.path, below) };
  }
}
