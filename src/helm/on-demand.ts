/**
 * Libraries and modules that few charts need. Loading them takes longer than most charts take to render, so each comes
 * with the first chart that asks for it. The build turns these calls into ones that a bundle can answer.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export function re2js(): typeof import('re2js') {
  return require('re2js');
}

export function bcryptjs(): typeof import('bcryptjs') {
  return require('bcryptjs');
}

export function crypto(): typeof import('node:crypto') {
  return require('node:crypto');
}

export function zlib(): typeof import('node:zlib') {
  return require('node:zlib');
}

/** For schemas of draft 6 and 7. */
export function ajv(): typeof import('ajv') {
  return require('ajv');
}

export function ajv2019(): typeof import('ajv/dist/2019.js') {
  return require('ajv/dist/2019.js');
}

export function ajv2020(): typeof import('ajv/dist/2020.js') {
  return require('ajv/dist/2020.js');
}

export function ajv04(): typeof import('ajv-draft-04') {
  return require('ajv-draft-04');
}
