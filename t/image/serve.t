# The image serves: over IPv4 and IPv6, with a log that machines read, through
# signals.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::IP;
use JSON::PP;
use Test::More;

use Inv::Image;
use Inv::Test;

my $image = Inv::Image->new($ENV{INV_IMAGE} // die "INV_IMAGE is not set\n");
my $t     = Inv::Test->new;
my $c     = $image->start(
    log => $t->dir . '/log',
    env => {
        PORT          => $t->port,
        MONGO_URI     => $t->mongo_uri,
        REDIS_URL     => $t->redis_url,
        NGINX_WORKERS => 2,
    }
);
ok(defined $c->wait_ready('/health/ready'), 'ready') or diag($c->log);

my $product = $t->create(name => 'T-shirt', stock => 1, sku => 'T-1');
$t->status_is($t->get($t->path($product)), 200, 'read');
$t->status_is($t->get('/api/products/sku/T-1'), 200, 'read by sku');
$t->status_is($t->request(POST => $t->path($product, 'purchase')), 200,
    'bought');
$t->problem_is($t->request(POST => $t->path($product, 'purchase')), 409,
    'out-of-stock', 'the last one');
$t->books_ok($product);
is($t->get("/nowhere")->status, 404, 'nothing else is served');
is($t->request(GET => '/' . 'a' x 9000)->status, 414, 'a long line');

# What nginx has to write for a request has a place.
$t->status_is(
    $t->request(POST => '/api/products', body => '{' . ' ' x 600_000,
        chunked => 2),
    413, 'a body that goes to a temporary file'
);

SKIP: {
    skip 'no IPv6 here', 1 if !-e '/proc/net/if_inet6';
    my $sock = IO::Socket::IP->new(PeerHost => '::1', PeerPort => $t->port)
        or die "::1: $@\n";
    print {$sock} "GET /health/ready HTTP/1.0\r\n\r\n";
    like(scalar <$sock>, qr/ 200 /, 'over IPv6 as well');
}

$t->status_is($t->get('/docs/'), 200, 'the documentation');
my $metrics = $t->get('/metrics', port => $c->{metrics_port});
$t->status_is($metrics, 200, 'metrics at a port of their own');
like($metrics->body, qr/^inventory_\w+/m, 'of the module');
is($t->get('/metrics')->status, 404, 'and only there');

# The access log is JSON, a line a request, probes that went well apart.
my @lines;
wait_until(sub {
    @lines = grep {/^\{/} split /\n/, $c->log;
    return @lines >= 8;
});
my @log = map { eval { JSON::PP->new->utf8->decode($_) } // fail("JSON: $_") }
    @lines;
my ($refused) = grep { $_->{statusCode} == 409 } @log;
is($refused->{method}, 'POST', 'the log: method');
is($refused->{path}, $t->path($product, 'purchase'), 'path');
like($refused->{duration}, qr/^\d+\.\d{3}$/, 'duration');
like($refused->{timestamp}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
    'timestamp');
like($refused->{traceId}, qr/^[0-9a-f]{32}$/, 'trace');
is($refused->{error}, 'out-of-stock', 'error');
is($refused->{level}, 'warn', 'level');
is($refused->{client}, '127.0.0.1', 'client, IPv4 as such')
    or diag($refused->{client});
is(scalar(grep { $_->{path} =~ /^.health/ && $_->{statusCode} == 200 } @log), 0,
    'no probes');

# HUP, USR1: it reads its configuration again, and serves on.
my %old = map { $_ => 1 } $c->workers;
$c->signal('HUP');
ok(wait_until(sub { my @now = $c->workers; @now == 2 && !grep { $old{$_} } @now }),
    'HUP: other workers');
$c->signal('USR1');
$c->signal('USR2');
ok(wait_until(sub { $c->log =~ /USR2 is for the next image/ }),
    'USR2: said what it is not');
$t->status_is($t->get($t->path($product)), 200, 'it serves on');
is($c->stop, 0, 'it ends');

my @bad = grep {/\[(?:emerg|alert|crit)\]/} split /\n/, $c->log;
is("@bad", '', 'without a complaint');

$t->done;
