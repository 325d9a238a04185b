export const READ_MODEL = Symbol('ReadModel');
