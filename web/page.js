/*
 * The page over the API's document: it reads openapi.json beside it and shows
 * what is in there.  It asks nobody else, and makes elements, never markup.
 */

'use strict';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/* What says how a value is bounded, and how that is put into words. */
const BOUNDS = [
    ['format', (v) => v],
    ['minLength', (v) => `at least ${v} characters`],
    ['maxLength', (v) => `at most ${v} characters`],
    ['minimum', (v) => `at least ${v}`],
    ['maximum', (v) => `at most ${v}`],
    ['minItems', (v) => `at least ${v} items`],
    ['maxItems', (v) => `at most ${v} items`],
    ['pattern', (v) => `pattern ${v}`],
    ['enum', (v) => `one of ${v.map(text).join(', ')}`],
    ['const', (v) => `always ${text(v)}`],
    ['default', (v) => `${text(v)} if not said`],
];

let api;


function text(value) {
    return typeof value === 'string' ? value : JSON.stringify(value);
}

/* An element; what is not an element among its children is text. */
function h(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
        if (value !== undefined && value !== false) {
            element.setAttribute(key, value === true ? '' : value);
        }
    }
    element.append(...children.flat(Infinity).filter((c) => c !== undefined));
    return element;
}

/* Words in which `this` is code. */
function words(source) {
    return (source || '').split('`').map(
        (part, i) => (i % 2 ? h('code', null, part) : part));
}

function paragraphs(source) {
    return (source || '').split('\n\n').map((p) => h('p', null, words(p)));
}

/* What a reference stands for. */
function known(value) {
    let found = value;
    while (found && found.$ref) {
        found = found.$ref.slice(2).split('/').reduce((at, name) => at[
            name.replace(/~1/g, '/').replace(/~0/g, '~')], api);
    }
    return found;
}


/* Schemas. */

function schemaName(ref) {
    return ref.slice(ref.lastIndexOf('/') + 1);
}

function typeOf(schema) {
    if (schema.type === 'array' && schema.items) {
        return ['array of ', ...schemaLine(schema.items)];
    }
    return [schema.type || ''];
}

/* One line: what it is, and its bounds. */
function schemaLine(schema) {
    if (schema.$ref) {
        const name = schemaName(schema.$ref);
        return [h('a', { href: `#schema-${name}` }, name)];
    }
    const bounds = BOUNDS.filter(([key]) => schema[key] !== undefined)
        .map(([key, say]) => say(schema[key]));
    const choice = schema.oneOf || schema.anyOf;
    const parts = choice
        ? choice.flatMap((s, i) => [i ? ' or ' : '', ...schemaLine(s)])
        : typeOf(schema);
    return bounds.length ? [...parts, ` (${bounds.join('; ')})`] : parts;
}

function members(schema) {
    const required = schema.required || [];
    return h('ul', { class: 'members' },
        Object.entries(schema.properties).map(([name, member]) => h('li', null,
            h('code', null, name), ' ',
            h('span', { class: 'quiet' },
                required.includes(name) ? 'required, ' : '',
                schemaLine(member)),
            h('div', null, words(member.description)))));
}

function schemaView(schema) {
    const choice = schema.oneOf || schema.anyOf || [];
    return [
        paragraphs(schema.description),
        h('p', { class: 'quiet' }, schema.properties ? 'object'
            : schemaLine(schema)),
        schema.properties ? members(schema) : undefined,
        choice.filter((s) => s.properties).map(members),
        (schema.examples || []).map(example),
    ].flat();
}

function example(value) {
    return h('pre', { tabindex: '0' }, JSON.stringify(value, null, 2));
}

function examplesOf(content) {
    return Object.values(content.examples || {}).map(known).flatMap((e) => [
        h('p', { class: 'quiet' }, e.summary || 'Example'), example(e.value),
    ]);
}


/* What goes in and comes out. */

function contentView(content) {
    return Object.entries(content || {}).flatMap(([type, media]) => [
        h('p', null, h('code', null, type), ' ', schemaLine(media.schema)),
        ...examplesOf(media),
    ]);
}

function parametersView(parameters) {
    if (!parameters.length) {
        return [];
    }
    return [h('h3', null, 'Parameters'), h('dl', null,
        parameters.flatMap((p) => [
            h('dt', null, h('code', null, p.name), ' ',
                h('span', { class: 'quiet' }, `${p.in}, `,
                    p.required ? 'required, ' : '', schemaLine(p.schema))),
            h('dd', null, words(p.description)),
        ]))];
}

function bodyView(body) {
    return body ? [
        h('h3', null, 'Body'),
        h('p', null, body.required ? 'Required. ' : 'Optional. ',
            words(body.description)),
        ...contentView(body.content),
    ] : [];
}

function headersView(headers) {
    return Object.entries(headers || {}).map(([name, header]) => h('li', null,
        h('code', null, name), ' ', words(known(header).description)));
}

function responsesView(responses) {
    return [h('h3', null, 'Answers'),
        Object.entries(responses).map(([status, value]) => {
            const response = known(value);
            return h('details', null,
                h('summary', null, h('code', null, status), ' ',
                    words(response.description)),
                h('ul', { class: 'members' }, headersView(response.headers)),
                contentView(response.content));
        })];
}


/* Try it. */

/* Ids of elements must differ: one operation, one prefix. */
function field(id, label, control) {
    control.id = id;
    return [h('label', { for: id }, label), control];
}

function parameterFields(operation, parameters) {
    return parameters.map((p) => {
        const value = p.example !== undefined && p.in !== 'header'
            && p.required ? p.example : '';
        const input = h('input', {
            type: 'text', value, 'data-name': p.name, 'data-in': p.in,
            required: Boolean(p.required), autocomplete: 'off',
        });
        return field(`${operation.operationId}-${p.in}-${p.name}`,
            `${p.name} (${p.in})`, input);
    });
}

function bodyFields(operation) {
    if (!operation.requestBody) {
        return [];
    }
    const content = operation.requestBody.content;
    const types = Object.keys(content);
    const first = known(Object.values(content[types[0]].examples)[0]).value;
    return [
        ...field(`${operation.operationId}-type`, 'Media type', h('select',
            { 'data-in': 'type' }, types.map((t) => h('option', null, t)))),
        ...field(`${operation.operationId}-body`, 'Body', h('textarea',
            { 'data-in': 'body', spellcheck: 'false' },
            JSON.stringify(first, null, 2))),
    ];
}

/* The request that a form says; names and values are encoded. */
function requestOf(entry, form) {
    const query = [];
    const headers = {};
    let path = entry.path;
    let body;
    for (const input of form.querySelectorAll('[data-in]')) {
        const { name, in: where } = input.dataset;
        const value = input.value;
        if (value === '') {
            continue;
        }
        if (where === 'path') {
            path = path.replace(`{${name}}`, encodeURIComponent(value));
        } else if (where === 'query') {
            query.push(`${encodeURIComponent(name)}=${
                encodeURIComponent(value)}`);
        } else if (where === 'header') {
            headers[name] = value;
        } else if (where === 'body') {
            body = value;
        }
    }
    if (body !== undefined) {
        headers['Content-Type'] = form.querySelector('[data-in=type]').value;
    }
    const base = entry.server.replace(/\/$/, '');
    const url = new URL(base + path + (query.length ? `?${
        query.join('&')}` : ''), location.href);
    return { url, method: entry.method.toUpperCase(), headers, body };
}

function pretty(body, type) {
    if (!/json/.test(type || '')) {
        return body;
    }
    /* As it came: numbers are not read and written again. */
    try {
        JSON.parse(body);
    } catch (e) {
        return body;
    }
    let depth = 0;
    return body.replace(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^"{}[\],:]+/g, (t) => {
        if (t === '{' || t === '[') {
            depth += 1;
            return `${t}\n${'  '.repeat(depth)}`;
        }
        if (t === '}' || t === ']') {
            depth -= 1;
            return `\n${'  '.repeat(depth)}${t}`;
        }
        return t === ',' ? `,\n${'  '.repeat(depth)}` : t === ':' ? ': ' : t;
    });
}

async function send(entry, form, result) {
    const { url, method, headers, body } = requestOf(entry, form);
    if (url.origin !== location.origin) {
        result.replaceChildren(h('p', null, 'That is another host.'));
        return;
    }
    result.replaceChildren(h('p', null, 'Waiting.'));
    const began = performance.now();
    try {
        const answer = await fetch(url, {
            method, headers, body, cache: 'no-store',
            credentials: 'same-origin', redirect: 'manual',
        });
        const took = Math.round(performance.now() - began);
        const answered = await answer.text();
        result.replaceChildren(
            h('p', null, h('strong', null, String(answer.status)),
                ` in ${took} ms: ${method} ${url.pathname}${url.search}`),
            h('pre', { tabindex: '0' }, [...answer.headers]
                .map(([k, v]) => `${k}: ${v}`).join('\n')),
            h('pre', { tabindex: '0', class: 'answer' },
                pretty(answered, answer.headers.get('Content-Type'))));
    } catch (error) {
        result.replaceChildren(h('p', null, `No answer: ${error.message}`));
    }
}

function tryView(entry, parameters) {
    const { operation, method } = entry;
    const safe = method === 'get';
    const result = h('div', { role: 'status', class: 'result' });
    const button = h('button', { type: 'submit', disabled: !safe },
        `Send ${method.toUpperCase()}`);
    const consent = h('input', { type: 'checkbox' });
    consent.addEventListener('change', () => {
        button.disabled = !consent.checked;
    });
    const form = h('form', { 'aria-label': `Try ${operation.summary}` },
        parameterFields(operation, parameters), bodyFields(operation),
        safe ? [] : h('label', { class: 'tick' }, consent,
            ' This changes what is stored.'), button);
    form.addEventListener('submit', (event) => {
        event.preventDefault();
        send(entry, form, result);
    });
    return h('details', null, h('summary', null, 'Try it'), form, result);
}


/* The whole. */

function operationView(entry) {
    const { operation, method, path } = entry;
    const parameters = (operation.parameters || []).map(known);
    return h('details', { class: 'operation', id: operation.operationId },
        h('summary', null,
            h('span', { class: `method ${method}` }, method.toUpperCase()),
            h('span', { class: 'path' }, path), ' ',
            h('span', { class: 'quiet' }, operation.summary)),
        h('div', { class: 'inside' }, paragraphs(operation.description),
            parametersView(parameters), bodyView(operation.requestBody),
            responsesView(operation.responses), tryView(entry, parameters)));
}

function entriesOf(tag) {
    return Object.entries(api.paths).flatMap(([path, item]) => METHODS
        .filter((method) => item[method] && item[method].tags.includes(tag))
        .map((method) => ({
            path, method, operation: item[method],
            server: (item.servers || api.servers)[0].url,
        })));
}

function contentsOf(tag, entries) {
    return [h('strong', null, tag.name), h('ul', null, entries.map((e) => h(
        'li', null, h('a', { href: `#${e.operation.operationId}` },
            e.operation.summary))))];
}

function schemasView() {
    return h('section', { 'aria-labelledby': 'schemas' },
        h('h2', { id: 'schemas' }, 'Schemas'),
        Object.entries(api.components.schemas).map(([name, schema]) => h(
            'details', { class: 'schema', id: `schema-${name}` },
            h('summary', null, h('code', null, name)),
            h('div', { class: 'inside' }, schemaView(schema)))));
}

function show() {
    const main = document.getElementById('operations');
    const nav = document.getElementById('contents');
    document.title = `${api.info.title} API`;
    document.getElementById('title').textContent
        = `${api.info.title} API ${api.info.version}`;
    document.getElementById('about').append(
        h('p', null, api.info.summary || ''),
        ...paragraphs(api.info.description));
    document.getElementById('state').remove();
    for (const tag of api.tags) {
        const entries = entriesOf(tag.name);
        const id = `tag-${tag.name}`;
        nav.append(...contentsOf(tag, entries));
        main.append(h('section', { 'aria-labelledby': id },
            h('h2', { id }, tag.name), h('p', null, words(tag.description)),
            entries.map(operationView)));
    }
    main.append(schemasView());
    nav.append(h('a', { href: '#schemas' }, 'Schemas'));
}

/* A link to what is folded opens it. */
function reveal() {
    const target = document.getElementById(
        decodeURIComponent(location.hash.slice(1)));
    if (target && target.matches('details')) {
        target.open = true;
        target.scrollIntoView();
        target.querySelector('summary').focus();
    }
}

async function start() {
    try {
        const answer = await fetch('openapi.json');
        if (!answer.ok) {
            throw new Error(`${answer.status}`);
        }
        api = await answer.json();
        show();
        reveal();
    } catch (error) {
        document.getElementById('operations').append(h('p',
            { role: 'alert' }, `The document cannot be shown: ${
                error.message}`));
    }
}

window.addEventListener('hashchange', reveal);
start();
