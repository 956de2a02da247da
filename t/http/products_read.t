# GET and HEAD of a product, conditional requests, and what is not there.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $t = Inv::Test->new->run;
my $product = $t->create(name => 'Read me', stock => 3, sku => 'READ-1');
my $path = $t->path($product);

my $r = $t->get($path);
$t->status_is($r, 200, 'GET');
same_json($r->json, $product, 'the product');
is($r->header('Content-Type'), 'application/json', 'JSON');
is($r->header('ETag'), '"1"', 'ETag');
is($r->header('Cache-Control'), 'no-cache', 'Cache-Control');
like($r->header('Cache-Status') // '', qr/^inventory; (?:hit|fwd=miss)/,
    'Cache-Status');
like($r->header('Trace-Id') // '', qr/^[0-9a-f]{32}$/, 'Trace-Id');

my $head = $t->head($path);
$t->status_is($head, 200, 'HEAD');
is($head->header($_), $r->header($_), "HEAD has GET's $_")
    for qw(Content-Length Content-Type ETag Cache-Control);

# If-None-Match
for my $tag ('"1"', 'W/"1"', '"7", "1"', '*') {
    $r = $t->get($path, headers => [ 'If-None-Match' => $tag ]);
    $t->status_is($r, 304, "If-None-Match: $tag");
    is($r->header('ETag'), '"1"', 'with the ETag');
    is($r->body, '', 'without a body');
}
for my $tag ('"2"', '"11"', '"01"', '"x"') {
    $t->status_is($t->get($path, headers => [ 'If-None-Match' => $tag ]),
        200, "If-None-Match: $tag");
}
$t->status_is($t->head($path, headers => [ 'If-None-Match' => '"1"' ]),
    304, 'HEAD with If-None-Match');
$t->post("$path/purchase", { quantity => 1 });
$r = $t->get($path, headers => [ 'If-None-Match' => '"1"' ]);
$t->status_is($r, 200, 'a purchase makes a new version');
is($r->header('ETag'), '"2"', 'with a new ETag');
is($r->json->{version}, 2, 'and says so');
is($r->json->{stock}, 2, 'with the new stock');

# What is not an id cannot exist; what does not exist is not there.
$t->problem_is($t->get("/api/products/$_"), 404, 'not-found', "no $_") for (
    '000000000000000000000000', 'x', uc $product->{id},
    "$product->{id}0", substr($product->{id}, 1), "$product->{id}/",
    "$product->{id}/nothing", '0' x 3000,
);
$t->problem_is($t->get($_), 404, 'not-found', "no $_")
    for ('/api/', '/api/nothing', '/api/productsx', '/api/products/');
$t->status_is($t->head('/api/products/000000000000000000000000'), 404,
    'HEAD of nothing');

# Methods
my %allow = (
    '/api/products'   => 'GET HEAD OPTIONS POST',
    $path             => 'DELETE GET HEAD OPTIONS PATCH PUT',
    "$path/purchase"  => 'OPTIONS POST',
);
for my $resource (sort keys %allow) {
    my $options = $t->request(OPTIONS => $resource);
    $t->status_is($options, 204, "OPTIONS $resource");
    is(methods($options), $allow{$resource}, 'Allow');
    my $wrong = $t->request(TRACEX => $resource);
    $wrong = $t->request(PROPFIND => $resource);
    $t->problem_is($wrong, 405, 'method-not-allowed', "PROPFIND $resource");
    is(methods($wrong), $allow{$resource}, 'with Allow');
}
$t->problem_is($t->delete('/api/products'), 405, 'method-not-allowed',
    'DELETE of all products');
$t->problem_is($t->get("$path/purchase"), 405, 'method-not-allowed',
    'GET of a purchase');

# A query has no meaning here and does no harm.
$t->status_is($t->get("$path?utm_source=x"), 200, 'a query on a product');

sub methods {
    my ($answer) = @_;
    return join ' ', sort split /,\s*/, $answer->header('Allow') // '';
}

$t->done;
