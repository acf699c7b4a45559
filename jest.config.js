/**
 * Node runs the sources as they are, so the tests do too: the transform only erases types. The timeout ends what
 * hangs; nothing is measured with it.
 */
export default {
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/src/**/*.test.ts', '<rootDir>/test/**/*.test.ts'],
  transform: { '\\.ts$': '<rootDir>/scripts/jest-strip-types.js' },
  coverageProvider: 'v8',
  testTimeout: 180_000,
};
