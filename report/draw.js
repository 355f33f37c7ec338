// Draws the charts of a page without a browser: node draw.js PAGE FOLDER. The libraries, the data and the
// code are those in the page; a file for each chart comes out, its text in the page's first language.
'use strict';
const fs = require('fs');
const path = require('path');
const vm = require('vm');

const [file, folder] = process.argv.slice(2);
const page = fs.readFileSync(file, 'utf8');
const scripts = [...page.matchAll(/<script(?: id="(\w+)")?[^>]*>([\s\S]*?)<\/script>/g)];
const textOf = (id) => scripts.find((script) => script[1] === id)[2];
const pattern = page.match(/<pattern id="uncharged"[\s\S]*?<\/pattern>/)[0];

const world = vm.createContext({ console, Intl, structuredClone, setTimeout, clearTimeout });
world.self = world;
const [vega, vegaLite] = scripts.filter((script) => !script[1]).map((script) => script[2]);
for (const code of [vega, vegaLite, textOf('figures_code')]) vm.runInContext(code, world);

Object.assign(world, {
  dataText: textOf('data'),
  charts: JSON.parse(textOf('charts')),
  labels: JSON.parse(textOf('labels')),
});
const { figures, specs } = vm.runInContext(
  `(() => {
  const data = tablesOf(dataText), page = pageOf(data), label = labels.en;
  const figures = figuresOf(data, firstChoice(data, page), label, numberIn('en')).list.filter((figure) => figure.spec && figure.rows.length);
  return { figures, specs: figures.map((figure) => vegaLite.compile(specOf(figure, charts, label, 900)).spec) };
})()`,
  world,
);

async function draw(name, spec) {
  const view = new world.vega.View(world.vega.parse(spec), { renderer: 'none' });
  const svg = (await view.toSVG()).replace(
    /^(<svg[^>]*>)/,
    `$1<defs>${pattern}</defs><rect width="100%" height="100%" fill="white"/>`,
  );
  fs.writeFileSync(path.join(folder, `${name}.svg`), svg.replace('<svg ', '<svg color="#1c2229" '));
}

Promise.all(figures.map((figure, i) => draw(figure.name.replace(/[^\w-]+/g, '-'), specs[i]))).catch(
  (error) => {
    console.error(error.message);
    process.exit(1);
  },
);
