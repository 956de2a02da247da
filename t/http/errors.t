# Every error that leaves the location is a problem document, nginx's own too.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $t = Inv::Test->new;
$t->write_file(users => "alice:{PLAIN}secret\n");
$t->run(
    http => <<'EOT',
    limit_req_zone $binary_remote_addr zone=slow:64k rate=1r/m;
EOT
    locations => <<'EOT');
        location /api/ { inventory_api; }
        location /closed/ { inventory_api; deny all; }
        location /login/ {
            inventory_api;
            auth_basic "the shop";
            auth_basic_user_file %%DIR%%/users;
        }
        location /slow429/ {
            inventory_api;
            limit_req zone=slow;
            limit_req_status 429;
        }
        location /slow503/ { inventory_api; limit_req zone=slow; }
        location /small/ { inventory_api; client_max_body_size 100; }
        location /reading/ {
            inventory_api;
            limit_except GET { deny all; }
        }
        location /asked/ { inventory_api; auth_request /broken; }
        location /asked403/ { inventory_api; auth_request /no; }
        location = /broken { proxy_pass http://127.0.0.1:1; }
        location = /no { return 403; }
        location /gone/ { inventory_api; return 410; }
        location /failing/ { inventory_api; return 500; }
        location /teapot/ { inventory_api; return 418; }
        location /gateway/ { inventory_api; return 502; }
        location /late/ { inventory_api; return 504; }
        location /health { inventory_health; }
EOT

my $product = $t->create(stock => 1);
my $id = $product->{id};
my $body = '{"name":"x","price":1}';

$t->problem_is($t->get("/closed/products/$id"), 403, 'forbidden', 'deny all');
my $r = $t->get("/login/products/$id");
$t->problem_is($r, 401, 'unauthorized', 'auth_basic');
is($r->header('WWW-Authenticate'), 'Basic realm="the shop"', 'asks who it is');
$t->status_is(
    $t->get("/login/products/$id",
        headers => [ Authorization => 'Basic YWxpY2U6c2VjcmV0' ]),
    200, 'auth_basic with the password'
);
$t->status_is($t->get("/slow429/products/$id"), 200, 'within the rate');
$r = $t->get("/slow429/products/$id");
$t->problem_is($r, 429, 'rate-limited', 'above the rate');
like($r->header('Retry-After') // '', qr/^[1-9]\d*$/, 'with Retry-After');
$r = $t->get("/slow503/products/$id");
is($r->status, 503, 'limit_req as it is');
$t->problem_is($r, 503, $_, 'limit_req as it is') for slug_of($r);
like($r->header('Retry-After') // '', qr/^[1-9]\d*$/, 'with Retry-After');
$t->problem_is(
    $t->request(POST => '/small/products', body => $body . ' ' x 100),
    413, 'payload-too-large', 'client_max_body_size');
$t->problem_is(
    $t->request(POST => '/small/products', body => $body . ' ' x 100,
        chunked => 10),
    413, 'payload-too-large', 'client_max_body_size, chunked');
$t->status_is($t->get("/reading/products/$id"), 200, 'limit_except GET');
$t->status_is($t->head("/reading/products/$id"), 200, 'HEAD is a GET');
$t->problem_is($t->request(POST => "/reading/products/$id/purchase"),
    403, 'forbidden', 'limit_except refuses others');
$t->problem_is($t->get("/asked/products/$id"), 500, 'internal',
    'auth_request that cannot ask');
$t->problem_is($t->get("/asked403/products/$id"), 403, 'forbidden',
    'auth_request that says no');
$t->problem_is($t->get("/gone/products/$id"), 410, 'bad-request',
    'a 4xx without a slug of its own');
$t->problem_is($t->get("/failing/products/$id"), 500, 'internal', 'return 500');
$t->problem_is($t->get("/gateway/products/$id"), 502, slug_of(
        $t->get("/gateway/products/$id")), 'return 502');
$t->problem_is($t->get("/late/products/$id"), 504, 'timeout', 'return 504');
$t->problem_is($t->get("/teapot/products/$id"), 418, 'bad-request',
    'return 418');

# HEAD of an error: the head of it.
$r = $t->head('/api/nothing');
is($r->status, 404, 'HEAD of nothing');
is($r->header('Content-Type'), 'application/problem+json', 'is a problem');
is($r->body, '', 'without a body');
$r = $t->head("/closed/products/$id");
is($r->status, 403, 'HEAD of what is closed');
is($r->header('Content-Type'), 'application/problem+json', 'is a problem');

# instance is the path, as text that JSON can hold.
is($t->get('/api/no/such?secret=1')->json->{instance}, '/api/no/such',
    'instance is the path, without the query');
for my $path ('/api/%FF%FE', '/api/%22%5C%01', '/api/caf%C3%A9', '/api/%00',
    '/api/' . 'x' x 5000)
{
    my $name = substr $path, 0, 40;
    my $status = $t->get($path)->status;
    ok($status == 404 || $status == 400, "$name: refused");
    $t->problem_is($t->get($path), 404, 'not-found', "$name: a problem")
        if $status == 404;
}

# A client's error is a client's: nothing of it in the log as an error.
$t->request(POST => '/api/products', body => '{') for 1 .. 3;
$t->request(POST => "/api/products/$id/purchase", body => '{"quantity":0}');
unlike($t->nginx->log, qr/\[error\].*inventory/, 'clients\' errors are not logged');

# Errors leave the connection as it was.
my $connection = Inv::HTTP::Connection->new($t->port);
for my $n (1 .. 5) {
    $connection->write(request_text(GET => '/api/nothing', keepalive => 1));
    $t->problem_is($connection->response, 404, 'not-found',
        "error $n on one connection");
}
$connection->write(request_text(GET => "/api/products/$id"));
$t->status_is($connection->response, 200, 'then a success');

# Every one of them, also many at once, has a trace id of its own.
my @answers = $t->all(map { [ GET => "/closed/products/$id" ] } 1 .. 20);
my %trace = map { $_->json->{traceId} => 1 } @answers;
is(scalar keys %trace, 20, 'a trace id each');

# 502 and 503 of nginx have one of the slugs that fit.
sub slug_of {
    my ($answer) = @_;
    my ($slug) = (($answer->json // {})->{type} // '')
        =~ /^urn:ngx-inventory:(unavailable|overloaded|internal|rate-limited)$/;
    return $slug // 'unavailable';
}

$t->done;
