# A database that was restored from a backup: what the workers know of it is
# newer than what it has.  That ends by itself, and nothing is lost on the way.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Mongo;
use Inv::Test;

# Copies live for a second, so that floors end two seconds after a write.
my $t = Inv::Test->new->run(directives => <<'EOT');
    inventory_mongo "%%MONGO%%";
    inventory_redis "%%REDIS%%";
    inventory_cache redis=1s;
    inventory_timeout 2s;
EOT
my @collections = qw(products ledger);

my $product = $t->create(stock => 100);
my $id = $product->{id};
my $path = $t->path($product);

sub buy {
    my (%opt) = @_;
    return $t->post("$path/purchase", { quantity => 1 }, %opt);
}

sub drained {
    return wait_until(sub { !@{ $t->mongo->product($id)->{outbox} } });
}

# Somebody has fenced it.
sub fence {
    my ($epoch) = @_;
    return $t->mongo->update(
        'products',
        { _id    => Inv::Mongo::oid($id) },
        { '$set' => { epoch => Inv::Mongo::long($epoch) } }
    );
}

sub copy_all {
    my ($from, $to) = @_;
    for my $name (@collections) {
        $t->mongo->command(
            aggregate => "$from$name",
            pipeline  => [ { '$out' => "$to$name" } ],
            cursor    => {},
        );
    }
    return;
}

fence(5);
$t->status_is(buy(), 200, 'before the backup') for 1 .. 3;
ok(drained(), 'all of it is in the ledger');
copy_all('', 'backup_');

$t->status_is(buy(), 200, 'after the backup') for 1 .. 4;
fence(9);
$t->status_is(buy(), 200, 'at an epoch that the backup does not know') for 1 .. 8;
ok(drained(), 'and that too');
is($t->get($path)->json->{stock}, 85, 'read');

copy_all('backup_', '');
is($t->mongo->product($id)->{epoch}, 5, 'the backup is restored');

# Both workers know epoch 9; the document is at 5.
my %seen;
for my $n (1 .. 12) {
    my $r = buy(headers => [ Connection => 'close' ]);
    $t->status_is($r, 200, 'a purchase right after it');
    $seen{ $r->json->{remaining} }++;
}
is_deeply([ sort { $b <=> $a } keys %seen ], [ reverse 85 .. 96 ],
    'goes on from the stock of the backup');

# The floor is above what there is for twice the life of a copy.
my $r;
ok(wait_until(sub { ($r = $t->get($path))->status == 200 }),
    'reads are answered again');
is($r->json->{stock}, 85, 'with what is so');
is($r->json->{version}, 16, 'and its version');
$t->status_is(
    $t->patch($path, { name => 'Edited' }, headers => [ 'If-Match' => '"16"' ]),
    200, 'and so are edits of it');
$t->books_ok($product);
$t->done;
