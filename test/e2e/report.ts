import { expect } from 'vitest';
import type { Report } from './support.ts';

/** Checks that the report of a demo contains every step of the loop, for every stack. */
export function verifyReport(report: Report, substituted: readonly string[]): void {
  expect(report.steps.length).toBeGreaterThan(10);
  for (const step of report.steps) {
    expect([step.name, step.status]).toEqual([step.name, substituted.includes(step.name) ? 'substituted' : 'ok']);
    expect(step.evidence, step.name).not.toBe('');
    expect(step.seconds, step.name).toBeGreaterThanOrEqual(0);
  }
  expect(report.refused).toMatchObject({
    gate: expect.any(String),
    metric: expect.any(String),
    value: expect.any(Number),
    threshold: expect.any(Number),
  });
  expect(report.drift.drifted.length).toBeGreaterThan(0);
  expect(report.retrain.retrain).toBe(true);
  expect(report.rollback.from).not.toBe(report.rollback.to);
  expect(report.model_version).toBe(report.rollback.to);
  expect(report.prediction.request_id).not.toBe('');
  expect(report.metrics[report.primary]).toBeGreaterThan(0.6);
}
