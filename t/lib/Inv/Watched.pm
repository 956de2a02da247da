package Inv::Watched;

# A service whose database stands behind the proxy of t/chaos, which counts the
# commands: so a test can tell what a read has cost.

use strict;
use warnings;

use Exporter qw(import);

use Inv::Bench::Commands qw(commands since);
use Inv::Chaos::Proxy;
use Inv::Mongo;
use Inv::Process qw(wait_until);
use Inv::Servers;

our @EXPORT = qw(watch cost finds detail details copies_of);

# Puts a proxy before the database of a test that does not run yet; the test
# itself asks the server directly.
sub watch {
    my ($t, $server) = @_;
    $server //= Inv::Servers::mongo_uri();
    $t->{mongo} = Inv::Mongo->new($t->{mongo_uri});
    my $proxy = Inv::Chaos::Proxy->new(
        uri  => $server,
        seed => 1,
        log  => $t->dir . '/proxy.log',
    );
    $t->{mongo_uri} = Inv::Servers::with_database($proxy->uri, $t->database);
    return $proxy;
}

# The commands that something made the service send: {"find:products" => 1}.
sub cost {
    my ($proxy, $something) = @_;
    my $before = commands($proxy);
    $something->();
    return since($proxy, $before);
}

# How many reads of products there were.
sub finds {
    my ($proxy, $something) = @_;
    return cost($proxy, $something)->{'find:products'} // 0;
}

# Where an answer came from: local, redis, stale, miss.
sub detail {
    my ($r) = @_;
    my $status = $r->header('Cache-Status') // return 'nothing';
    return $status =~ /^inventory; hit; detail=(\w+)$/ ? $1
        : $status eq 'inventory; fwd=miss' ? 'miss'
        :                                    $status;
}

# How many answers came from each: {local => 8}.
sub details {
    my (@answers) = @_;
    my %count;
    $count{ detail($_) }++ for @answers;
    return \%count;
}

# Puts copies of a product's document into the collection, behind the service's
# back.  The product has no sku, which would be taken.
sub copies_of {
    my ($t, $product, @ids) = @_;
    # Nobody is to drain what the copies would have.
    wait_until(sub { !@{ $t->mongo->product($product->{id})->{outbox} // [] } })
        or die "the outbox of $product->{id} is not drained\n";
    my $reply = $t->mongo->text(
        find   => 'products',
        filter => { _id => Inv::Mongo::oid($product->{id}) },
    );
    my ($document) = $reply =~ /"firstBatch"\s*:\s*\[\s*(\{.*\})\s*\]/s
        or die "no document of $product->{id}\n";
    my @rest = @ids;
    while (my @some = splice @rest, 0, 500) {
        my $documents = join ',',
            map { $document =~ s/$product->{id}/$_/gr } @some;
        my $said = $t->mongo->raw(
            qq({"insert":"products","documents":[$documents]}));
        die "insert: $said\n" if $said =~ /writeErrors/;
    }
    return;
}

1;
