# inventory_docs: the document and the page, as HTTP has static things.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;

use Inv::OpenAPI;
use Inv::Test;

my $t = Inv::Test->new;
$t->run(http => 'gzip on; gzip_types application/json;', locations => <<'EOT');
        location /api/ { inventory_api; }
        location /shop/v1/ { inventory_api; }
        location /docs/ { inventory_docs; }
        location /shop/docs { inventory_docs /shop/v1/; }
        location /root/ { inventory_docs /; }
        location "/a b/" { inventory_docs; }
EOT

my %type = (
    ''             => 'text/html; charset=utf-8',
    'page.css'     => 'text/css; charset=utf-8',
    'page.js'      => 'text/javascript; charset=utf-8',
    'icon.svg'     => 'image/svg+xml',
    'openapi.json' => 'application/json',
);
for my $file (sort keys %type) {
    my $path = "/docs/$file";
    my $r = $t->get($path);
    $t->status_is($r, 200, "GET $path");
    is($r->header('Content-Type'), $type{$file}, 'its type');
    my $source = Inv::OpenAPI::root() . '/web/' . ($file || 'index.html');
    ok($r->body eq Inv::OpenAPI::slurp($source), 'as it is in web/');
    is($r->header('Cache-Control'), 'no-cache', 'a browser asks again');
    like($r->header('Trace-Id'), qr/^[0-9a-f]{32}$/, 'with a trace');

    my $etag = $r->header('ETag');
    like($etag, qr/^"[0-9a-f]{32}"$/, 'ETag');
    my $again = $t->get($path, headers => ['If-None-Match' => $etag]);
    $t->status_is($again, 304, 'and is told that it has it');
    is($again->body, '', 'without a body');
    $t->status_is($t->get($path, headers => ['If-None-Match' => '"1"']),
        200, 'another one has not');

    my $head = $t->head($path);
    $t->status_is($head, 200, "HEAD $path");
    is($head->header('Content-Length'), length $r->body, 'the same length');

    my $wrong = $t->post($path, {});
    $t->problem_is($wrong, 405, 'method-not-allowed', "POST $path");
    is($wrong->header('Allow'), 'GET, HEAD, OPTIONS', 'Allow');
}
$t->problem_is($t->get('/docs/other.js'), 404, 'not-found', 'another file');
$t->problem_is($t->get('/docs/page.js/'), 404, 'not-found', 'with a slash');

my $policy = $t->get('/docs/')->header('Content-Security-Policy');
like($policy, qr/^default-src 'none';/, 'a strict policy');
unlike($policy, qr/unsafe|\*|:/, 'with no exception');

# What the page names is beside it, and nothing else is named.
my $page = $t->get('/docs/')->body;
my @names = $page =~ /(?:src|href)="([^"#]+)"/g;
for my $name (@names) {
    ok(exists $type{$name}, "$name is served");
}
unlike($page, qr/<style|<script>|\son\w+=|style=|:\/\//, 'nothing is inline');
for my $name (qw(page.css page.js)) {
    unlike($t->get("/docs/$name")->body,
        qr/https?:|url\(|innerHTML|eval\(/, "$name asks no other host");
}

# The address without its slash leads to it.
my $r = $t->get('/shop/docs');
$t->status_is($r, 301, 'without the slash');
like($r->header('Location'), qr{(?:^|//[^/]+)/shop/docs/$}, 'Location');
$t->status_is($t->get('/shop/docs/'), 200, 'with it');
is($t->get('/shop/docs/page.js')->status, 200, 'and what is beside it');
$t->status_is($t->get('/a%20b/'), 200, 'a prefix that needs encoding');

# The prefix.
my %server = (
    '/docs/'      => '/api',
    '/shop/docs/' => '/shop/v1',
    '/root/'      => '/',
);
for my $place (sort keys %server) {
    my $document = $t->get("${place}openapi.json")->json;
    is($document->{servers}[0]{url}, $server{$place}, "the prefix at $place");
    $document->{servers}[0]{url} = '/api';
    same_json($document, Inv::OpenAPI::document(), 'and all else as it is');
}
isnt($t->get('/docs/openapi.json')->header('ETag'),
    $t->get('/shop/docs/openapi.json')->header('ETag'),
    'another prefix, another ETag');

# Compressed.
$r = $t->get('/docs/openapi.json', headers => ['Accept-Encoding' => 'gzip']);
is($r->header('Content-Encoding'), 'gzip', 'gzip');
like($r->header('ETag'), qr{^W/"}, 'with a weak ETag');
$t->status_is(
    $t->get(
        '/docs/openapi.json',
        headers =>
            ['Accept-Encoding' => 'gzip', 'If-None-Match' => $r->header('ETag')]
    ),
    304,
    'which is known again'
);

# What is refused.
for my $wrong ('api', 'https://shop.example/api', '"/a b"', q('/a"b'), '""') {
    my ($ok, $said) = $t->check_config(
        locations => "location /docs/ { inventory_docs $wrong; }");
    ok(!$ok, "inventory_docs $wrong");
    like($said, qr/takes the path of the API's location/, 'is told');
}
my ($ok, $said) = $t->check_config(
    locations => 'location /docs/ { inventory_docs; inventory_api; }');
ok(!$ok, 'not beside inventory_api');
like($said, qr/stands beside another inventory_/, 'is told');
($ok, $said) = $t->check_config(
    locations => 'location ~ ^/docs/ { inventory_docs; }');
ok(!$ok, 'not in a regular expression');

$t->done;
