# The health location.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $t = Inv::Test->new;
my $database = Inv::Servers->private('mongo');
my $nobody = Inv::Port::take();
$t->run;
$t->run_beside('noredis', directives => <<"EOT");
    inventory_mongo "%%MONGO%%";
    inventory_redis redis://127.0.0.1:$nobody;
    inventory_timeout 10s;
EOT
$t->run_beside('off', directives => <<'EOT');
    inventory_mongo "%%MONGO%%";
    inventory_redis off;
    inventory_timeout 10s;
EOT
my $away = Inv::Servers::with_database($database->uri, 'away');
$t->run_beside('away', directives => <<"EOT", locations => <<'EOT2');
    inventory_mongo "$away";
    inventory_redis "%%REDIS%%";
EOT
        location /api/ { inventory_api; }
        location /check/ { inventory_health; }
EOT2

# All is well, once Redis is connected.
ok(wait_until(sub { $t->get('/health/ready')->json->{status} eq 'ok' }),
    'it becomes ready');
for my $path ('/health/ready', '/health', '/health/') {
    my $r = $t->get($path);
    $t->status_is($r, 200, $path);
    is($r->header('Content-Type'), 'application/json', 'JSON');
    is($r->json->{status}, 'ok', 'ok');
    ok(exists $r->json->{mongo} && exists $r->json->{redis}, 'both are told');
    is(join('', Inv::Test::leaks_but_names($r)), '', 'and nothing internal');
}
my $r = $t->get('/health/live');
$t->status_is($r, 200, '/live');
is($r->json->{status}, 'ok', 'ok');

for my $path ('/health', '/health/live', '/health/ready') {
    $r = $t->head($path);
    $t->status_is($r, 200, "HEAD $path");
    $r = $t->request(OPTIONS => $path);
    $t->status_is($r, 204, "OPTIONS $path");
    is(join(' ', sort split /,\s*/, $r->header('Allow')), 'GET HEAD OPTIONS',
        'Allow');
    $r = $t->request(POST => $path, json => {});
    $t->problem_is($r, 405, 'method-not-allowed', "POST $path");
    ok($r->header('Allow'), 'with Allow');
}
$t->problem_is($t->get('/health/nothing'), 404, 'not-found');

# Redis
my @noredis = (port => $t->port('noredis'));
$r = $t->get('/health/ready', @noredis);
$t->status_is($r, 200, 'without Redis: ready');
is($r->json->{status}, 'degraded', 'but degraded');
$t->status_is($t->get('/health/live', @noredis), 200, 'and alive');
$r = $t->get('/health/ready', port => $t->port('off'));
is($r->json->{status}, 'ok', 'inventory_redis off is not degraded');

# MongoDB
my @away = (port => $t->port('away'));
ok(wait_until(sub { $t->get('/check/ready', @away)->status == 200 }, 60),
    'there');
$database->kill;
for my $path ('/check/ready', '/check/') {
    $r = $t->get($path, @away);
    $t->status_is($r, 503, "away: $path");
    isnt(($r->json // {})->{status}, 'ok', 'is not ok');
    is(join('', Inv::Test::leaks_but_names($r)), '', 'tells nothing internal');
}
$t->status_is($t->get('/check/live', @away), 200, 'away: alive');
$database->start;
ok(wait_until(sub { $t->get('/check/ready', @away)->status == 200 }, 60),
    'there again');

# Many ask at once.
my @answers = $t->all(map { [ GET => '/health/ready' ] } 1 .. 50);
is_deeply($t->tally(@answers), { 200 => 50 }, 'fifty ask at once');

$t->done;
