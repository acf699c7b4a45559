/** Node runs the sources as they are, so the tests do too: the transform only erases types. */
export default {
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/src/**/*.test.ts', '<rootDir>/test/**/*.test.ts'],
  transform: { '\\.ts$': '<rootDir>/scripts/jest-strip-types.js' },
  coverageProvider: 'v8',
  testTimeout: 30_000,
};
