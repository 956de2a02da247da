# The page of inventory_docs in a real browser: it shows every operation, asks
# nobody but this host, breaks no strict policy, can be read on a phone, in the
# dark and by keyboard, and tries requests out.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;

use Inv::Browser;
use Inv::OpenAPI;
use Inv::Test;

die "chromium is not here: tools/setup browser\n"
    if !Inv::Browser::program();

my $t = Inv::Test->new;
$t->run(server => <<'EOT', locations => <<'EOT2');
        add_header Content-Security-Policy "default-src 'self'" always;
EOT
        location /shop/api/ { inventory_api; }
        location /health { inventory_health; }
        location /docs { inventory_docs /shop/api; }
EOT2
my $address = 'http://127.0.0.1:' . $t->port;
my $product = $t->post('/shop/api/products', { name => 'Cap', price => 7.5 })->json;

my $document = Inv::OpenAPI::document();
my @ids = sort map { $_->{operationId} }
    grep { ref eq 'HASH' && $_->{operationId} }
    map { values %{$_} } values %{ $document->{paths} };
cmp_ok(scalar @ids, '>=', 17, 'the document has operations');

my $browser = Inv::Browser->new($t->dir);
$browser->call('Page.addScriptToEvaluateOnNewDocument', { source => <<'EOT' });
    window.violations = [];
    document.addEventListener('securitypolicyviolation',
        (e) => window.violations.push(`${e.violatedDirective} ${e.blockedURI}`));
EOT
ok($browser->open("$address/docs"), 'the page is there');
is($browser->value('location.pathname'), '/docs/', 'with its slash');
ok($browser->wait_for("document.querySelector('details.operation')"),
    'and shows the document');

# All is there.
my $shown = $browser->value(
    q([...document.querySelectorAll('details.operation')].map(e => e.id)));
same_json([sort @{$shown}], \@ids, 'every operation');
my $schemas = $browser->value(
    q([...document.querySelectorAll('details.schema')].map(e => e.id)));
same_json(
    [sort @{$schemas}],
    [map {"schema-$_"} sort keys %{ $document->{components}{schemas} }],
    'every schema'
);
for my $word (
    'Idempotency-Key',         'If-None-Match',
    'urn:ngx-inventory:in-use', 'TSHIRT-RED-M',
    'at most 1000000',         'application/merge-patch+json'
    )
{
    ok(
        $browser->value(
            'document.body.textContent.includes('
                . JSON::PP->new->allow_nonref->encode($word) . ')'
        ),
        "it says $word"
    );
}
is($browser->value(q(document.querySelectorAll('[role=alert]').length)),
    0, 'nothing went wrong');

# References lead somewhere, and what is folded opens.
my $dead = $browser->value(
    q([...document.querySelectorAll('a[href^="#"]')].map(a => a.hash.slice(1))
        .filter(id => !document.getElementById(id))));
same_json($dead, [], 'no link leads nowhere');
$browser->value(q(location.hash = '#schema-Product'));
ok($browser->wait_for(q(document.getElementById('schema-Product').open)),
    'a link opens what it leads to');

# For those who do not see it, and those who have no mouse.
same_json(
    $browser->value(
        q([...document.querySelectorAll('input, select, textarea')]
            .filter(e => !e.labels.length).map(e => e.id))
    ),
    [],
    'every field has a label'
);
is(
    $browser->value(
        q((ids => ids.length - new Set(ids).size)(
            [...document.querySelectorAll('[id]')].map(e => e.id)))
    ),
    0,
    'no id twice'
);
is($browser->value('document.documentElement.lang'), 'en', 'its language');
$browser->value(q(document.querySelector('#getProduct > summary').focus()));
$browser->press('Enter', 13);
ok($browser->wait_for(q(document.getElementById('getProduct').open)),
    'Enter opens an operation');

# Light and dark, wide and narrow, with everything unfolded.
$browser->value(q(document.querySelectorAll('details').forEach(d => d.open = true)));
my %paper;
for my $scheme ('light', 'dark') {
    $browser->call(
        'Emulation.setEmulatedMedia',
        {   features => [{ name => 'prefers-color-scheme', value => $scheme }]
        }
    );
    $paper{$scheme} =
        $browser->value('getComputedStyle(document.body).backgroundColor');
    my $worst = $browser->value(<<'EOT');
(() => {
    const light = (c) => {
        const [r, g, b] = c.match(/[\d.]+/g).map((v) => v / 255)
            .map((v) => v <= 0.03928 ? v / 12.92
                : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (e) => {
        const c = getComputedStyle(e).backgroundColor;
        return /, 0\)$/.test(c) ? behind(e.parentElement) : c;
    };
    return Math.min(...[...document.querySelectorAll('body *')]
        .filter((e) => e.textContent.trim() && e.checkVisibility()
            && !e.disabled)
        .map((e) => [light(getComputedStyle(e).color), light(behind(e))])
        .map(([a, b]) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)));
})()
EOT
    cmp_ok($worst, '>=', 4.5, "$scheme: enough contrast (WCAG AA)");
}
isnt($paper{light}, $paper{dark}, 'the dark one is another');
for my $width (320, 1400) {
    $browser->call(
        'Emulation.setDeviceMetricsOverride',
        {   width             => $width,
            height            => 800,
            deviceScaleFactor => 1,
            mobile            => $width < 500
            ? JSON::PP::true
            : JSON::PP::false,
        }
    );
    cmp_ok($browser->value('document.documentElement.scrollWidth'),
        '<=', $width, "it fits into $width pixels");
}

# Try it: a GET.
sub try_out {
    my ($operation, %field) = @_;
    for my $name (sort keys %field) {
        $browser->value(sprintf 'document.getElementById(%s).value = %s',
            map { JSON::PP->new->allow_nonref->encode($_) } "$operation-$name",
            $field{$name});
    }
    my $form = "document.querySelector('#$operation form')";
    $browser->value("$form.querySelector('button').click()");
    my $result = "$form.parentElement.querySelector('.result')";
    ok($browser->wait_for("$result.querySelector('.answer, p + pre')"),
        "$operation: an answer");
    return (
        $browser->value("$result.querySelector('strong').textContent"),
        $browser->value("$result.querySelector('.answer').textContent")
    );
}
my ($status, $body) = try_out('getProduct', 'path-id' => $product->{id});
is($status, 200, 'GET of a product');
same_json(JSON::PP->new->decode($body), $product, 'is the product');
($status, $body) = try_out('listProducts', 'query-q' => 'cap', 'query-page' => 1);
is($status, 200, 'GET of a list');
is(JSON::PP->new->decode($body)->{page}{total}, 1, 'by its parameters');
($status) = try_out('getReady');
is($status, 200, 'GET of what is at another place');

# Try it: what changes something has to be allowed.
my $form = q(document.querySelector('#createProduct form'));
ok($browser->value("$form.querySelector('button').disabled"),
    'a POST cannot be sent');
$browser->value("$form.querySelector('[type=checkbox]').click()");
ok(!$browser->value("$form.querySelector('button').disabled"),
    'until it is allowed');
($status, $body) = try_out('createProduct',
    body => '{"name": "A <b>bold</b> cap", "price": 8}');
is($status, 201, 'then it is');
my $made = JSON::PP->new->decode($body);
$t->status_is($t->get("/shop/api/products/$made->{id}"), 200, 'and was made');

# Nobody else was asked.
same_json(
    [   grep { !m{^\Q$address\E/} } map { $_->{request}{url} }
            $browser->events('Network.requestWillBeSent')
    ],
    [],
    'no foreign host'
);
my @asked = $browser->events('Network.requestWillBeSent');
cmp_ok(scalar @asked, '>=', 8, 'of what was asked');
my %path;
$path{$1}++
    for Inv::OpenAPI::slurp($t->dir . '/access.log') =~ m{"(?:GET|POST)\ ([^\ ?]*)}gx;
same_json(
    [grep { !m{^/(?:docs|shop/api|health)(?:/|$)} } sort keys %path],
    [], 'nor anything else of this one'
);

# No policy was broken; and had one been, it would have been seen.
same_json($browser->value('window.violations'),
    [], 'nothing that a strict policy forbids');
same_json(
    [map { $_->{entry}{text} } $browser->events('Log.entryAdded')],
    [], 'and no complaint of the browser');
$browser->value(<<'EOT');
document.head.append(Object.assign(document.createElement('script'),
    { textContent: 'window.broken = true' }))
EOT
ok($browser->wait_for('window.violations.length'), 'one that is inline is seen');
ok(!$browser->value('window.broken'), 'and does not run');

undef $browser;
$t->done;
