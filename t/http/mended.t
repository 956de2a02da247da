# A backup that was restored in part: the ledger holds movements that came after
# the products'.  What docs/operating.md says to do about it mends it.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $t = Inv::Test->new->run(locations => <<'EOT');
        location /api/ { inventory_api; }
        location /office/ { inventory_api; inventory_admin on; }
EOT
my $product = $t->create(stock => 1000);
my $id = $product->{id};

sub buy { return $t->request(POST => $t->path($product, 'purchase')) }
sub outbox { return @{ $t->mongo->product($id)->{outbox} } }

sub differences {
    my $r = $t->post('/office/admin/reconcile', { productId => $id });
    $t->status_is($r, 200, 'reconcile');
    return $r->json->{differences};
}

$t->status_is(buy(), 200, 'before the backup') for 1 .. 3;
ok(wait_until(sub { !outbox() }), 'all of it is in the ledger');

# Seqs 5 to 7, of a time that the product does not know of.
$t->mongo->command(
    insert    => 'ledger',
    documents => [
        map {
            {   _id       => "$id-$_",
                productId => Inv::Mongo::oid($id),
                b         => Inv::Mongo::oid('c' x 24),
                from      => Inv::Mongo::long($_),
                to        => Inv::Mongo::long($_),
                after     => Inv::Mongo::long(1001 - $_),
                at        => { '$date' => '2026-01-01T00:00:00Z' },
                ops => [ { t => 'purchase', d => Inv::Mongo::long(-1) } ],
            }
        } 5 .. 7
    ]
);
is_deeply(differences()->[0]{ahead}, [ [ 5, 7 ] ], 'reconcile sees it');
$t->status_is(buy(), 200, 'it sells all the same') for 1 .. 2;
my $alarm = qr/\[crit\].*product $id: its ledger holds another batch/;
$t->nginx->allow($alarm);
ok(wait_until(sub { $t->nginx->log =~ $alarm }), 'and the log cries');
is(scalar outbox(), 2, 'what is sold stays in the outbox');

# What the page says: what is at or above the first seq of the outbox goes.
my ($first) = map { $_->{from} } outbox();
is($first, 5, 'which begins where the backup ended');
my $deleted = $t->mongo->command(
    delete  => 'ledger',
    deletes => [
        {   q => {
                productId => Inv::Mongo::oid($id),
                to        => { '$gte' => Inv::Mongo::long($first) },
            },
            limit => 0,
        }
    ]
);
is($deleted->{n}, 3, 'the movements of that other time are taken away');
ok(wait_until(sub { !outbox() }, 60), 'and the outbox goes to the ledger');
is_deeply(differences(), [], 'reconcile sees nothing');
$t->books_ok($product);
$t->done;
