# A server with --auth that speaks TLS only: with the least rights that
# docs/operating.md names, with a wrong password, and with an authority that it
# was not signed by.
#
# MONGO_URI names a user who may create others, and tlsCAFile.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Certificates;
use Inv::Test;

my $uri = Inv::Servers::mongo_uri();
my $t   = Inv::Test->new;
die "MONGO_URI has no user, or no tlsCAFile\n"
    if $uri !~ m{^mongodb://[^/@]+@} || $uri !~ /tlsCAFile=/;
my $admin = Inv::Mongo->new(Inv::Servers::with_database($uri, 'admin'));
my $database = $t->database;
my @least = map {
    {
        resource => { db => $database, collection => $_ },
        actions  => [qw(find insert update listIndexes)],
    }
} qw(products ledger claims);

# All the rights first: so that the indexes are made.
$t->run;
ok(wait_until(sub { $t->get('/health/ready')->status == 200 }, 30),
    'ready, by TLS');
my $product = $t->create(stock => 5);
$t->status_is($t->post($t->path($product, 'purchase'), { quantity => 1 }),
    200, 'and sells');
ok(
    wait_until(
        sub {
            my $reply = $t->mongo->try(listIndexes => 'claims');
            $reply->{ok} && @{ $reply->{cursor}{firstBatch} } == 2;
        },
        60
    ),
    'the indexes are made'
);

# With the least.
$admin->command(
    createRole => "least_$database",
    privileges => \@least,
    roles      => [],
);
$admin->command(
    createUser => "clerk_$database",
    pwd        => 'clerk',
    roles      => ["least_$database"],
);

sub as {
    my ($name, $password, $ca) = @_;
    my $other = Inv::Servers::with_database($uri, $database);
    $other =~ s{//[^/@]+@}{//$name:$password@};
    $other =~ s/tlsCAFile=[^&]*/tlsCAFile=$ca/ if $ca;
    return $other;
}

sub run_as {
    my ($name, $other) = @_;
    return $t->run_beside($name, directives => <<"EOT");
    inventory_mongo "$other";
    inventory_redis off;
    inventory_timeout 5s;
EOT
}

my $least = run_as('least', as("clerk_$database", 'clerk'));
ok(
    wait_until(
        sub {
            $t->get('/health/ready', port => $least->{port})->status == 200;
        },
        30
    ),
    'ready with the least rights'
);
my $r = $t->post($t->path($product, 'purchase'), { quantity => 1 },
    port => $least->{port}, headers => [ 'Idempotency-Key' => '"least"' ]);
$t->status_is($r, 200, 'and sells');
is($r->json->{remaining}, 3, 'exactly');
unlike($least->log, qr/\[error\]/, 'without a complaint');

# A wrong password, and an authority of somebody else's.
mkdir $t->dir . '/ca' or die "ca: $!\n";
my $others = Inv::Certificates->new($t->dir . '/ca');
$others->authority('other', '/CN=Somebody else');
my %wrong = (
    password  => as("clerk_$database", 'wr0ng-secret'),
    authority => as("clerk_$database", 'clerk', $others->path('other.crt')),
);
for my $what (sort keys %wrong) {
    my $nginx = run_as($what, $wrong{$what});
    $nginx->allow(qr/inventory: /);
    my $answer = $t->get('/health/ready', port => $nginx->{port});
    $t->status_is($answer, 503, "a wrong $what: not ready");
    ok(wait_until(sub { $nginx->log =~ /inventory: .*MongoDB|indexes/ }, 30),
        'the log tells it');
    unlike($nginx->log, qr/wr0ng-secret|clerk:/, 'without the password');
    $t->status_is($t->get($t->path($product), port => $nginx->{port}), 503,
        'and nothing is read');
}

$admin->try(dropUser => "clerk_$database");
$admin->try(dropRole => "least_$database");
$t->done;
