import type { ProjectTypeName } from '../config.js';
import { laravelApp } from './laravel-app.js';
import { laravelPackage } from './laravel-package.js';
import { nodejsApp } from './nodejs-app.js';
import type { ProjectType } from './project-type.js';

/** Every type of project that can be backed up. */
export const projectTypes: readonly ProjectType[] = [laravelApp, laravelPackage, nodejsApp];

export function projectType(name: ProjectTypeName): ProjectType {
  const found = projectTypes.find(({ type }) => type === name);
  if (!found) throw new TypeError(`unknown type of project: ${name}`);
  return found;
}
