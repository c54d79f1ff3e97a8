import { describe, expect, it } from 'vitest';
import type { AnyPart, Contribution } from '../../src/core/contract.ts';
import { costLines, costReport, type EnvironmentCost, type Price, showMoney } from '../../src/core/cost.ts';
import { costLine, price } from '../../templates/_base/documentation/part.ts';
import { pricesIn } from '../../templates/cloud/aws/prices.ts';
import { catalogueOf, part, planOf, refusal } from './helpers.ts';

const KEY = {
  unit: 'key',
  per: 1,
  checked: '2026-11-21',
  setting: 'cloud.prices',
  where: 'north',
  usd: 1,
  source: 'https://example.com/keys',
  dated: '2026-03',
};
const REQUEST = { unit: 'request', per: 10_000, checked: '2026-11-20', setting: 'cloud.prices', where: 'north' };
const line = (key: string, more: object = {}, environment?: string): Contribution => ({
  slot: 'cost-line',
  key,
  environment,
  value: {
    what: key,
    basis: 'month',
    quantity: 2,
    unit: 'key',
    how: 'two of them',
    grows: 'never',
    price: 'key',
    ...more,
  },
});
const priced = (key: string, value: Price): Contribution => ({ slot: 'price', key, value });
const PRICES = [priced('key', KEY), priced('request', REQUEST)];
const planned = (...contributions: Contribution[]) =>
  planOf(
    catalogueOf({
      parts: [
        part('_base/core', { slots: [costLine.slot, price.slot] }),
        part('_base/giver', { contributes: () => contributions } as AnyPart),
      ],
    }),
  );

describe('the cost report', () => {
  it('is empty if no part contributes a cost line', () => {
    const { slots } = planned(...PRICES);
    expect([costReport(slots), costLines(slots)]).toEqual([null, []]);
  });

  it('multiplies quantity by price for each environment, with the quantities of that environment', () => {
    const { slots } = planned(
      ...PRICES,
      line('keys'),
      line('keys', { quantity: 3, how: 'three of them' }, 'prod'),
      line('more', { basis: 'run', quantity: 0.5 }, 'dev'),
    );
    expect(costReport(slots)).toMatchObject({
      asOf: '2026-11-21',
      month: 5,
      perRun: 0.5,
      perThousand: 0,
      environments: [
        { environment: 'dev', month: 2, perRun: 0.5 },
        { environment: 'prod', month: 3, perRun: 0 },
      ],
      lines: [
        { what: 'keys', environment: 'dev', amount: 2, month: 2, from: '_base/giver' },
        { what: 'more', environment: 'dev', amount: 0.5, month: 0 },
        { what: 'keys', environment: 'prod', amount: 3 },
      ],
      unpriced: [],
    });
  });

  it('excludes lines without a price from the total and names the setting for each', () => {
    const { slots } = planned(
      ...PRICES,
      line('keys'),
      line('asked', { unit: 'request', price: 'request', quantity: 20_000 }),
    );
    expect(costReport(slots)).toMatchObject({
      asOf: '2026-11-20',
      month: 4,
      lines: [{ what: 'asked', usd: null, amount: null, month: null }, { amount: 2 }, {}, {}],
      unpriced: [{ price: 'request', setting: 'cloud.prices', where: 'north' }],
    });
    expect(costLines(slots)).toEqual([
      'An idle month, by list prices:',
      '  dev          $2.00 plus 1 item without a price',
      '  prod         $2.00 plus 1 item without a price',
      'The prices were looked up on 2026-11-20; the oldest source is from 2026-03. docs/cost.md shows the calculation.',
      'No price was found in north for request. Set your prices with the setting cloud.prices.',
    ]);
  });

  it('counts one line for each key of another slot, and omits the line if that slot is empty', () => {
    const { slots } = planned(
      ...PRICES,
      priced('lock', KEY),
      line('keys', { each: 'price' }),
      line('none', { each: 'diagram-node' }),
    );
    expect(costReport(slots)).toMatchObject({
      lines: [{ what: 'keys', quantity: 6, amount: 6 }, { environment: 'prod' }],
    });
    expect((slots.get('core.cost')![0]!.value as EnvironmentCost).sums[0]!.rows[0]!.how).toBe(
      '3 (key, lock, request) × two of them',
    );
  });

  it('shows the price of another region for comparison and never adds it', () => {
    const there = { ...REQUEST, compared: { usd: 0.03, where: 'south', source: 'https://example.com/requests' } };
    const { slots } = planned(
      priced('key', KEY),
      priced('request', there),
      line('keys'),
      line('asked', { unit: 'request', price: 'request', quantity: 1_000_000 }),
    );
    const [sum] = (slots.get('core.cost')![0]!.value as EnvironmentCost).sums;
    expect([sum!.amount, sum!.compared, sum!.shown]).toEqual([
      2,
      5,
      '$5.00 with prices of south (1 item without a price for this region; the others cost $2.00)',
    ]);
    expect(sum!.rows.map((row) => [row.shown.quantity, row.priced.shown, row.shown.amount])).toEqual([
      ['1,000,000 requests', 'no price found for north; south: $0.03 for 10,000 requests', 'no price (south: $3.00)'],
      ['2 keys', '$1 for 1 key', '$2.00'],
    ]);
  });

  it.each([
    [
      'a price that nobody gives',
      line('keys', { price: 'lock' }),
      /_base\/giver counts keys by the price lock, which no part gives/,
    ],
    ['a unit that is another one', line('keys', { unit: 'lock' }), /counts keys in lock, and the price key is for key/],
    [
      'a price without the place where it was read',
      priced('lock', { ...KEY, source: undefined }),
      /a price has a source/,
    ],
    ['a unit in the plural', priced('lock', { ...KEY, unit: 'keys' }), /singular/],
    ['a quantity of nothing', line('keys', { quantity: 0 }), /quantity/],
  ])('refuses %s', (_, wrong, says) => {
    expect(refusal(() => planned(...PRICES, line('good'), wrong)).message).toMatch(says);
  });

  it.each([
    [0, '$0.00'],
    [0.004, '$0.004'],
    [0.0000123, '$0.000012'],
    [0.12, '$0.12'],
    [1234.5, '$1,234.50'],
  ])('shows %d as %s', (usd, shown) => {
    expect(showMoney(usd)).toBe(shown);
  });
});

describe('the AWS price table', () => {
  const values = (region: string, own = {}) =>
    new Map(pricesIn(region, own).map(({ key, value }) => [key, price.slot.schema.parse(value) as Price]));

  it('names a source page and a date for each price', () => {
    for (const [key, value] of values('us-east-1')) {
      if (value.usd !== undefined)
        expect([key, value.source, value.dated]).toEqual([
          key,
          expect.stringMatching(/^https:\/\/\S+$/),
          expect.stringMatching(/^20\d\d/),
        ]);
      expect(value.checked >= (value.dated ?? ''), key).toBe(true);
    }
  });

  it('never uses the price of one region for another region', () => {
    expect(values('eu-west-1').get('endpoint-hour')).toMatchObject({
      where: 'eu-west-1',
      compared: { where: 'us-east-1', usd: 0.01 },
    });
    expect(values('eu-west-1').get('endpoint-hour')!.usd).toBeUndefined();
    expect(values('us-east-1').get('endpoint-hour')).toMatchObject({ usd: 0.01 });
    expect(values('sa-east-1').get('kms-key')).toMatchObject({ usd: 1 });
  });

  it('prefers the price that the user set', () => {
    expect(values('us-east-1', { 'endpoint-hour': 0.008, 's3-gb': 0 }).get('endpoint-hour')).toMatchObject({
      usd: 0.008,
      source: 'your setting `aws.prices`',
    });
    expect(values('us-east-1', { 's3-gb': 0 }).get('s3-gb')).toMatchObject({ usd: 0 });
  });
});
