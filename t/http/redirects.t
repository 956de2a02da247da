# Redirects inside nginx while a request waits, and what nginx adds to one.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $database = Inv::Servers->private('mongo');
my $t = Inv::Test->new(mongo => $database->uri, private => 1);
$t->run(directives => <<'EOT', locations => <<'EOT2');
    inventory_mongo "%%MONGO%%";
    inventory_redis "%%REDIS%%";
    inventory_timeout 3s;
EOT
        location /api/ { inventory_api; }
        location /again/ { inventory_api; post_action /api/products; }
        location /away/ { inventory_api; post_action /elsewhere; }
        location = /elsewhere { return 200 "elsewhere"; }
        location /filed/ { inventory_api; client_body_in_file_only clean; }
        location /taken/ { inventory_api; proxy_pass http://127.0.0.1:1; }
        location /health { inventory_health; }
EOT2

my $product = $t->create(stock => 1000);

# Clients leave while MongoDB hangs: nginx then runs post_action, which takes
# the request to another location or to the same again.
$database->pause;
for my $prefix (qw(again away)) {
    for (1 .. 5) {
        my $client = Inv::HTTP::Connection->new($t->port);
        $client->write("GET /$prefix/products?limit=1 HTTP/1.1\r\n"
                . "Host: localhost\r\n\r\n");
        select undef, undef, undef, 0.05;
        $client->close;
    }
}
$database->resume;
for my $prefix (qw(again away)) {
    ok(wait_until(
            sub { $t->get("/$prefix/products?limit=1")->status == 200 }, 20
        ),
        "$prefix: served");
}
is($t->get('/elsewhere')->body, 'elsewhere', 'as are others');

# Settings of nginx that must not turn a request into something else.
my $r = $t->post('/filed/products', { name => 'x', price => 1 });
$t->status_is($r, 201, 'client_body_in_file_only');
$r = $t->get($t->path($product),
    headers =>
        [ 'If-Unmodified-Since' => 'Thu, 01 Jan 1970 00:00:00 GMT' ]);
$t->status_is($r, 200, 'If-Unmodified-Since, without a date to compare');
$r = $t->get('/taken/products');
is($r->status, 502, 'another handler has the location');
unlike($r->header('Content-Type'), qr/problem/, 'and its errors are its own');

# Many lines of one header cost no more than their bytes.
$r = $t->get($t->path($product),
    headers => [ map { ('traceparent' => 'a' x 18) } 1 .. 500 ]);
$t->status_is($r, 200, 'many lines of traceparent');
like($r->header('Trace-Id'), qr/^[0-9a-f]{32}$/, 'a new trace then');

$t->done;
