package Inv::Coherence::Scene;

# Two nginx on one database and one Redis, the products in them, and what may be
# done to them: another zone, a crowd of writes, a binary upgrade.

use strict;
use warnings;

use Digest::MD5 qw(md5_hex);
use File::Basename qw(dirname);
use JSON::PP;

use Inv::Coherence::Daemon;
use Inv::Coherence::Journal qw(now);
use Inv::Coherence::Shop;

my $json = JSON::PP->new->canonical->utf8->allow_nonref;

# The least one: local copies do not all find room.
my @ZONES = ('1m', '1088k', '1152k');

# What the sanitizers are told, where nginx is built with them.
my @SANITIZERS = qw(ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS);

# Lines of a stock/batch.
use constant BATCH => 1000;

# test: an Inv::Test that has not started anything; random; redis_ms, local_ms:
# lifetimes; crowd: how many products are written at once.
sub new {
    my ($class, %opt) = @_;
    return bless { %opt, zone => {}, rezoned => 0 }, $class;
}

sub start {
    my ($self) = @_;
    my $t = $self->{test};
    my $redis = "redis=$self->{redis_ms}ms";
    my $both = "inventory_cache local=$self->{local_ms}ms $redis;";
    my ($has_local) = $t->check_config(http => $both);
    my ($has_stale) = $t->check_config(http => 'inventory_stale off;');

    $self->{has_local} = $has_local;
    $self->{cache} = ($has_local ? $both : "inventory_cache $redis;")
        . ($has_stale ? ' inventory_stale off;' : '');
    $self->{nginx} = [ map { $self->_start($_) } 'main', 'second' ];
    $_->allow(qr/exited on signal 9/, qr/was locked by/)
        for @{ $self->{nginx} };
    return;
}

sub _start {
    my ($self, $name) = @_;
    my $t = $self->{test};
    my $dir = $t->dir . "/$name";
    mkdir $dir;
    $t->{nginx}{$name} = Inv::Coherence::Daemon->new(
        dir  => $dir,
        port => $t->port($name),
    );
    return $t->run_beside($name, $self->_parts($ZONES[0]));
}

sub _parts {
    my ($self, $zone) = @_;
    return (
        # A new binary gets no others.
        main       => join("\n", map {"env $_;"} @SANITIZERS),
        directives => <<"EOT",
    inventory_mongo "%%MONGO%%";
    inventory_redis "%%REDIS%%";
    inventory_timeout 5s;
    $self->{cache}
    inventory_zone $zone;
EOT
        server => '        add_header X-Worker $pid always;',
    );
}

sub nginx { my ($self) = @_; return @{ $self->{nginx} } }

sub told {
    my ($self) = @_;
    return "$self->{cache} $self->{test}{workers} workers each";
}

# What Cache-Status must have said.
sub caches {
    my ($self) = @_;
    return ('redis', 'miss', $self->{has_local} ? 'local' : ());
}

# Which kinds of reads the service has.
sub features {
    my ($self) = @_;
    my $t = $self->{test};
    my %id = %{ $t->create(sku => 'probe', category => 'probe') };
    my %path = (
        ids      => "?ids=$id{id}",
        sku      => '/sku/probe',
        category => '?category=probe&limit=100&sort=-name',
        word     => '?q=product&limit=100&sort=price',
    );
    return (
        (map { $_ => 1 } qw(get head match page)),
        map { $_ => $t->get("/api/products$path{$_}")->status == 200 }
            keys %path
    );
}

# Makes products, a share of them for each of the clients named, the first
# `hot` of them for all to quarrel about; a journal tells of them.
sub products {
    my ($self, $count, $hot, $names, $path) = @_;
    my $t = $self->{test};
    my $journal = Inv::Coherence::Journal->new($path);
    my @products;
    for my $n (1 .. $count) {
        my %product = (
            Inv::Coherence::Shop::invented($self->{random}, "scene-$n"),
            owner => $names->[ $n % @{$names} ],
            hot   => $n <= $hot,
        );
        my $began = now();
        my $r = $t->post('/api/products',
            Inv::Coherence::Shop::json_of(\%product), timeout => 60);
        die 'create: ', $r->text, "\n" if $r->status != 201;
        $product{id} = $r->json->{id};
        $journal->write(
            is      => 'w',
            kind    => 'create',
            port    => $t->port,
            worker  => $r->header('X-Worker'),
            began   => $began,
            ended   => now(),
            status  => 201,
            subject => "id=$product{id}",
            items   => [ [ $product{id}, 1, '' ] ],
            changes => Inv::Coherence::Shop::changes_of(\%product),
        );
        push @products, \%product;
    }
    $journal->close;
    return @products;
}

# A reload with another size of the zone: the old workers go on for a moment.
sub rezone {
    my ($self, $nginx) = @_;
    my $t = $self->{test};
    my $zone = $ZONES[ ++$self->{rezoned} % @ZONES ];
    $nginx->write_config(
        $t->config(
            dir    => $nginx->{dir},
            listen => "127.0.0.1:$nginx->{port}",
            $self->_parts($zone)
        )
    );
    return $nginx->signal('HUP');
}


# The crowd: more products than the zone has room for floors.

# As documents, for each would take long to be asked for.
sub make_crowd {
    my ($self) = @_;
    my $t = $self->{test};
    return if !$self->{crowd};
    my $product = $t->create(name => 'One of many', stock => 1_000_000);
    my ($text) = $t->mongo->text(
        find   => 'products',
        filter => { _id => Inv::Mongo::oid($product->{id}) }
    );
    my ($document) = @{ $json->decode($text)->{cursor}{firstBatch} };
    $document->{outbox} = [];
    delete $document->{dirty};
    my @ids = map { substr md5_hex("crowd $_"), 0, 24 } 1 .. $self->{crowd};
    $self->{crowded} = [@ids];
    while (my @some = splice @ids, 0, BATCH) {
        $t->mongo->command(
            insert    => 'products',
            documents =>
                [ map { { %{$document}, _id => Inv::Mongo::oid($_) } } @some ],
        );
    }
    return;
}

sub crowd {
    my ($self, $nginx) = @_;
    my $t = $self->{test};
    my @ids = @{ $self->{crowded} };
    my @batches;
    while (my @some = splice @ids, 0, BATCH) {
        my @operations = map {
            { productId => $_, type => 'purchase', quantity => 1 }
        } @some;
        push @batches, [
            POST => '/api/stock/batch',
            port => $nginx->{port},
            json => { operations => \@operations },
        ];
    }
    while (my @some = splice @batches, 0, 4) {
        $t->all(@some);
    }
    return;
}

# {why => how often}: floors that the zones lost, as the logs tell.
sub losses {
    my ($self) = @_;
    my %losses;
    for my $nginx ($self->nginx) {
        my $log = $nginx->log;
        $losses{$1}++
            while $log =~ /copies are set aside for a while: (.*)$/mg;
    }
    return \%losses;
}


# Whether binary upgrades are promised to be exact.
sub can_upgrade {
    return -e dirname(__FILE__) . '/../../../http/upgrade.t';
}

1;
