/** Charts that nobody here wrote: the same answers as kubectl's dry run, and the prediction that is computed here. */
import { expect, test } from '@jest/globals';
import { publicCharts } from '../bed/public-charts.ts';
import { describeOnBed, notRunHere } from '../bed/suites.ts';
import { seededDraw } from '../oracle/random-calls.ts';
import { reportFigure } from '../support/figures.ts';
import { compareChart, linesOf, noAnswers } from './chart-answers.ts';

const charts = publicCharts();

if (charts.folders === undefined) notRunHere('public charts on a real API server', charts.reason);
else
  describeOnBed('public charts', (bed) => {
    test('are predicted as kubectl’s dry run answers, and here as the server does', async () => {
      const answers = noAnswers();
      const draw = seededDraw(20_261_121);
      for (const folder of charts.folders) await compareChart(answers, { bed: bed(), folder, draw, edits: 2 });
      for (const line of linesOf(answers)) reportFigure(line);
      expect(answers.charts).toBe(charts.folders.length);
      expect(answers.kubectl.objects).toBeGreaterThan(50);
      expect(answers.kubectl.different).toEqual([]);
      expect(answers.here.again.different).toEqual([]);
      expect(answers.here.changed.different).toEqual([]);
    }, 300_000);
  });
